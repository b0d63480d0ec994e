"""Authlib's `OAuth2Session` (Requests) behind the driver protocol.

Used as Authlib's documentation shows: one session, `fetch_token` once; by the `grant_type`
and the `token_endpoint` that it is given it renews its token by itself. What Authlib leaves
to its user, reading the environment and joining URLs, is done as plainly as can be.
https://docs.authlib.org/en/latest/client/oauth2.html
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from authlib.integrations.requests_client import OAuth2Session, OAuthError
from requests import HTTPError, RequestException

REQUIRED = ("SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL")
AUTH_METHODS = ("client_secret_post", "client_secret_basic")
TIMEOUT_S = 10
# Statuses by which a server says that it is not available.
UNAVAILABLE = (408, 429, 500, 502, 503, 504)
DESCRIPTION_CHARACTERS = 32 * 1024 // 4  # at most 4 bytes each


class ConfigurationError(Exception):
    pass


class Driver:
    def __init__(self, environment: dict[str, str]) -> None:
        setting = {name: value for name, value in environment.items() if value}
        if missing := [name for name in REQUIRED if name not in setting]:
            raise ConfigurationError(f"missing: {', '.join(missing)}")
        auth_method = setting.get("SSOJET_AUTH_METHOD", AUTH_METHODS[0])
        if auth_method not in AUTH_METHODS:
            names = " or ".join(AUTH_METHODS)
            raise ConfigurationError(f"SSOJET_AUTH_METHOD must be {names}")
        self.api_url = setting["SSOJET_API_URL"]
        audience = setting.get("SSOJET_AUDIENCE")
        self.parameters = {"audience": audience} if audience else {}
        self.session = OAuth2Session(
            setting["SSOJET_CLIENT_ID"],
            setting["SSOJET_CLIENT_SECRET"],
            token_endpoint_auth_method=auth_method,
            scope=setting.get("SSOJET_SCOPE"),
            token_endpoint=setting.get(
                "SSOJET_TOKEN_URL", "https://api.ssojet.com/oauth/token"
            ),
            grant_type="client_credentials",
            default_timeout=TIMEOUT_S,
        )
        self.last_error: Exception | None = None

    def reply(self, line: str) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            return {"unsupported": True}
        operation = OPERATIONS.get(str(request.get("op")))
        answer = operation(self, request) if operation else {"unsupported": True}
        return {**answer, "id": request["id"]} if "id" in request else answer

    def token(self, request: dict[str, Any]) -> dict[str, Any]:
        def once() -> dict[str, Any]:
            if not self.fetch_first_token():
                self.session.ensure_active_token()
            # As Authlib sends it, whatever the server has put there.
            return {"token": str(self.session.token["access_token"])}

        return self.repeated(request, once)

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        method, body = request.get("method", "GET"), request.get("body")
        url = f"{self.api_url.rstrip('/')}/{request['path'].lstrip('/')}"
        data = None if body is None else body.encode()
        headers = {} if body is None else {"Content-Type": "application/json"}

        def once() -> dict[str, Any]:
            self.fetch_first_token()
            response = self.session.request(method, url, data=data, headers=headers)
            return {"status": response.status_code}

        return self.repeated(request, once)

    def fetch_first_token(self) -> bool:
        """Whether there was none yet. The later ones the session fetches by itself."""
        is_first = self.session.token is None
        if is_first:
            self.session.fetch_token(**self.parameters)
        return is_first

    def invalidate(self, request: dict[str, Any]) -> dict[str, Any]:
        """A session's token may be set, so a caller can drop it."""
        token = self.session.token
        if token and token.get("access_token") == request["token"]:
            self.session.token = None
        return {"ok": True}

    def describe(self, _: dict[str, Any]) -> dict[str, Any]:
        things = (self.session, self.last_error)
        forms = [
            form
            for thing in things
            for form in (str(thing), repr(thing), json.dumps(thing, default=str))
        ]
        forms += traceback.format_exception(self.last_error) if self.last_error else []
        return {"text": "\n".join(forms)[:DESCRIPTION_CHARACTERS]}

    def repeated(
        self, request: dict[str, Any], once: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Does it `n` times, `parallel` at once; results in the order of the starts."""

        def result(_: int) -> dict[str, Any]:
            began = time.monotonic()
            try:
                done = {"ok": True, **once()}
            except Exception as error:  # noqa: BLE001
                self.last_error = error
                done = {"ok": False, "error": described(error)}
            return {**done, "ms": round((time.monotonic() - began) * 1000)}

        with ThreadPoolExecutor(request.get("parallel", 1)) as pool:
            return {"results": list(pool.map(result, range(request.get("n", 1))))}


OPERATIONS = {
    "token": Driver.token,
    "call": Driver.call,
    "invalidate": Driver.invalidate,
    "describe": Driver.describe,
}


def described(error: Exception) -> dict[str, Any]:
    kind, code, status = "protocol", None, None
    if isinstance(error, ConfigurationError):
        kind = "configuration"
    elif type(error) is OAuthError:  # its subclasses are problems of Authlib's own
        kind, code = "oauth", str(error.error)
    elif isinstance(error, HTTPError):
        status = error.response.status_code
        kind = "transport" if status in UNAVAILABLE else "protocol"
    elif isinstance(error, RequestException):
        # Requests makes those of its errors that are about a URL a ValueError too.
        kind = "configuration" if isinstance(error, ValueError) else "transport"
    return {"kind": kind, "code": code, "status": status, "message": str(error)}


def main() -> int:
    try:
        driver = Driver(dict(os.environ))
    except ConfigurationError as error:
        say({"ready": False, "error": described(error)})
        return 1
    say(
        {
            "ready": True,
            "protocol": 1,
            "language": "python",
            "client": "authlib",
            "versions": {
                "python": platform.python_version(),
                "authlib": version("authlib"),
                "requests": version("requests"),
            },
            "capabilities": ["parallel"],
        }
    )
    for line in sys.stdin:
        say(driver.reply(line))
    return 0


def say(reply: dict[str, Any]) -> None:
    # A string may hold half a surrogate pair, which no JSON text can.
    text = json.dumps(reply, ensure_ascii=False).encode(errors="replace")
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
