"""The settings of the client and their checks. Nothing here sends anything."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from .errors import ConfigurationError
from .secret import Secret

AuthMethod = Literal["client_secret_post", "client_secret_basic"]
AUTH_METHODS: tuple[str, ...] = get_args(AuthMethod)

CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")
# Python makes lone surrogates of the bytes that it cannot decode.
NOT_UNICODE = re.compile("[\ud800-\udfff]")
_HOST = r"[\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\]"
_HOST_AND_PORT = re.compile(rf"({_HOST})(:[1-9][0-9]*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Config:
    """Who asks for tokens, where, and for which API.

    The clients check it, not `__post_init__`: a traceback from there would show what
    `__init__` was given, and some would give the secret as plain text.
    """

    client_id: str
    #: The secret, or a function that gives it: called for each token request.
    client_secret: Secret | Callable[[], str] = field(repr=False)
    api_url: str
    token_url: str = "https://api.ssojet.com/oauth/token"
    #: Scopes, separated by white space.
    scope: str = ""
    audience: str = ""
    auth_method: AuthMethod = "client_secret_post"

    @classmethod
    def from_env(cls) -> "Config":
        """Reads `SSOJET_CLIENT_ID` and so on; an empty variable counts as absent."""
        given: dict[str, Any] = {"client_id": "", "api_url": ""}
        for name in (*given, "token_url", "scope", "audience", "auth_method"):
            if value := os.environ.get(f"SSOJET_{name.upper()}"):
                given[name] = value
        secret = Secret(os.environ.get("SSOJET_CLIENT_SECRET", ""))
        config = cls(client_secret=secret, **given)
        config.check()
        return config

    def check(self) -> None:
        """Raises an error that names what is missing or wrong, but not its value."""
        required = ("client_id", "client_secret", "api_url")
        missing = [_label(name) for name in required if not getattr(self, name)]
        if missing:
            raise ConfigurationError(f"missing: {', '.join(missing)}")
        known = " or ".join(AUTH_METHODS)
        problems = {
            "client_id": _text_problem(self.client_id),
            "client_secret": _secret_problem(self.client_secret),
            "api_url": _url_problem(self.api_url, may_have_query=False),
            "token_url": _url_problem(self.token_url),
            "scope": _text_problem("".join(self.scope.split())),
            "audience": _text_problem(self.audience),
            "auth_method": ""
            if self.auth_method in AUTH_METHODS
            else f"must be {known}",
        }
        for name, problem in problems.items():
            if problem:
                raise ConfigurationError(f"{_label(name)} {problem}")

    def read_secret(self) -> Secret:
        """Gives the secret; calls the function for it, if it is one."""
        if isinstance(self.client_secret, Secret):
            return self.client_secret
        label = f"{_label('client_secret')}, given as a function,"
        try:
            secret = Secret(self.client_secret())
            problem = _secret_problem(secret) if secret else "is missing"
        except Exception as error:
            kind = type(error).__name__
            raise ConfigurationError(f"{label} failed: {kind}") from error
        if problem:
            raise ConfigurationError(f"{label} {problem}")
        return secret


def _label(name: str) -> str:
    """Gives the name of a setting in the environment and in code."""
    return f"SSOJET_{name.upper()} ({name})"


def _text_problem(text: str) -> str:
    if found := CONTROL_CHARACTER.search(text):
        kind = "a line end" if found[0] in "\r\n" else "a control character"
        return f"contains {kind} ({found[0]!a})"
    return "is not valid Unicode" if NOT_UNICODE.search(text) else ""


def _secret_problem(secret: object) -> str:
    if isinstance(secret, Secret):
        return _text_problem(secret.reveal())
    return "" if callable(secret) else "is not Secret(…) or a function"


def _url_problem(url: str, *, may_have_query: bool = True) -> str:
    """Says what is wrong with a URL, so strictly that all parsers agree on the rest."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises an error for a port over 65535
    except ValueError:
        return "has no valid host or port"
    is_plain = re.fullmatch(r"[!-\[\]-~]*", url)  # visible ASCII without the backslash
    is_host = _HOST_AND_PORT.fullmatch(parts.netloc)
    may_be_plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    is_secure = parts.scheme == "https" or may_be_plain
    problems = {
        "contains white space, a backslash or what is not ASCII": not is_plain,
        "has a fragment": "#" in url,
        "has a query": "?" in url and not may_have_query,
        "has user info, or no valid host or port": not is_host,
        "must be https (http only to localhost, 127.0.0.0/8 and [::1])": not is_secure,
    }
    return next((text for text, is_so in problems.items() if is_so), "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # it is a name
        return False
