"""One token request: what is sent, and how the answer is read. No I/O here."""

import json
import re
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote_plus

from . import limits
from .config import AUTH_METHODS, Config
from .errors import OAuthError, ProtocolError, SsojetError, TransportError

USER_AGENT = "ssojet-m2m-python/2.0.0"

Headers = Mapping[str, str]
_UNAVAILABLE = frozenset({408, 429, 500, 502, 503, 504})
_MISPLACED = frozenset({*range(300, 400), 404, 405, 415})
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def compose(config: Config) -> tuple[dict[str, str], dict[str, str]]:
    """Form and headers of the token request (RFC 6749 sections 2.3.1 and 4.4.2)."""
    form = {"grant_type": "client_credentials"}
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    optional = {"scope": config.scope, "audience": config.audience}
    form |= {name: value for name, value in optional.items() if value}
    if config.auth_method == "client_secret_basic":
        headers["Authorization"] = f"Basic {_basic(config)}"
    else:
        form |= {"client_id": config.client_id, "client_secret": config.secret()}
    return form, headers


def read(config: Config, status: int, headers: Headers, body: bytes) -> tuple[str, int]:
    """The token and its life in seconds (RFC 6749 section 5.1), or an error."""
    members = _members(body)
    failure = _failure(config, status, members)
    if failure is None:
        return members["access_token"], _life(members.get("expires_in"))
    is_html = "html" in headers.get("Content-Type", "").lower() and status < 500
    hint = "; check SSOJET_TOKEN_URL" if is_html or status in _MISPLACED else ""
    failure.args = (f"token endpoint (status {status}): {failure}{hint}",)
    failure.status, failure.retryable = status, status in _UNAVAILABLE
    failure.retry_after = _retry_after(headers.get("Retry-After", ""))
    raise failure


def unreachable(error: BaseException) -> TransportError:
    """What may be told of the HTTP library's error, which holds the request.

    The text of anything but an `OSError` may quote what the server sent.
    """
    while cause := error.__cause__ or error.__context__:
        error = cause
    reason = str(error) if isinstance(error, OSError) else type(error).__name__
    failure = TransportError(f"no answer from the token endpoint: {reason}")
    failure.retryable = not isinstance(error, ssl.SSLError)
    return failure


def _failure(config: Config, status: int, body: dict[str, Any]) -> SsojetError | None:
    token, kind = body.get("access_token"), body.get("token_type")
    secrets = [config.secret(), quote_plus(config.secret()), _basic(config), str(token)]
    if body.get("error") and isinstance(body["error"], str):
        failure = OAuthError()
        for name in ("error", "error_description", "error_uri"):
            setattr(failure, name, _cleaned(body.get(name), secrets))
        message = f"{failure.error} ({failure.error_description or 'no description'})"
        if failure.error == "invalid_client":
            message += f"; check id, secret and method ({' or '.join(AUTH_METHODS)})"
        failure.args = (message,)
        return failure
    if status in _UNAVAILABLE:
        return TransportError("not available")
    if status != 200 or not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
        return ProtocolError("neither a usable access_token nor an OAuth error")
    if kind is not None and str(kind).lower() != "bearer":
        name = _cleaned(kind, secrets) or type(kind).__name__
        return ProtocolError(f"token_type is {name}, not Bearer")
    if _life(body.get("expires_in")) < 1:
        return ProtocolError("expires_in is not a positive number of seconds")
    return None


def _members(body: bytes) -> dict[str, Any]:
    """Reads a JSON object; an empty one where it is none or too long."""
    try:
        # int() refuses NaN and Infinity, which are no JSON; a float has any length.
        value = json.loads(body, parse_constant=int, parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and len(body) <= limits.BODY_BYTES else {}


def _life(value: object) -> int:
    """Reads `expires_in`; 0 where it is not acceptable."""
    value = limits.DEFAULT_LIFE_S if value is None else value
    if isinstance(value, str) and re.fullmatch("[0-9]+", value):
        value = float(value)
    return int(min(max(value, 0), limits.LONGEST_S)) if isinstance(value, float) else 0


def _retry_after(text: str) -> float | None:
    """Seconds from now, of a header that holds seconds or a date."""
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return float(text) if re.fullmatch("[0-9]+", text) else None
    return max(at - time.time(), 0)


def _cleaned(text: object, secrets: list[str]) -> str | None:
    """Somebody else's text, fit for an error: printable, short, without secrets."""
    if not isinstance(text, str):
        return None
    printable = _CONTROLS.sub("", text)
    needles = (_CONTROLS.sub("", secret) for secret in secrets)
    if any(len(n) >= limits.SECRET_CHARACTERS and n in printable for n in needles):
        return "[removed]"
    return printable[: limits.TEXT_CHARACTERS]


def _basic(config: Config) -> str:
    pair = f"{quote_plus(config.client_id)}:{quote_plus(config.secret())}"
    return b64encode(pair.encode()).decode()
