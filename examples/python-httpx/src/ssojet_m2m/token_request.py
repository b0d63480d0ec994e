"""One token request: what is sent, and how the answer is read."""

import json
import re
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit

from . import limits
from .config import AUTH_METHODS, CONTROL_CHARACTER, NOT_UNICODE, Config
from .errors import OAuthError, ProtocolError, SsojetError, TransportError
from .secret import Secret

USER_AGENT = "ssojet-m2m-python/2.0.0"

Clock = Callable[[], float]
Headers = Mapping[str, str]
_UNAVAILABLE = frozenset({408, 429, 500, 502, 503, 504})
_WRONG_ENDPOINT = frozenset({*range(300, 400), 404, 405, 415})


def build_token_request(
    config: Config, secret: Secret
) -> tuple[dict[str, str], dict[str, str]]:
    """Gives form and headers (RFC 6749 sections 2.3.1 and 4.4.2)."""
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    form = {"grant_type": "client_credentials"}
    if scopes := config.scope.split():
        form["scope"] = " ".join(scopes)
    if config.audience:
        form["audience"] = config.audience
    if config.auth_method == "client_secret_basic":
        headers["Authorization"] = f"Basic {_basic_credentials(config, secret)}"
    else:
        form |= {"client_id": config.client_id, "client_secret": secret.reveal()}
    return form, headers


def read_body(pieces: Iterable[bytes], ends_at: float, clock: Clock) -> bytes:
    """Reads an answer, until it is too long or the clock says that it is too late."""
    body = b""
    for piece in pieces:
        body += piece
        if len(body) > limits.BODY_BYTES:
            break
        if clock() >= ends_at:
            raise TimeoutError("out of time")
    return body


def parse_token_response(
    config: Config, secret: Secret, status: int, headers: Headers, body: bytes | None
) -> tuple[Secret, int]:
    """Gives the token and its life in seconds (RFC 6749 section 5.1).

    Raises what any other answer means. There is no body if the server ended it early.
    """
    answer = _json_object(body)
    secrets = [secret.reveal(), quote_plus(secret.reveal())]
    secrets += [_basic_credentials(config, secret), str(answer.get("access_token"))]
    is_unavailable = status in _UNAVAILABLE
    failure: SsojetError
    if isinstance(answer.get("error"), str) and answer["error"]:
        failure = _oauth_error(answer, secrets)
    elif problem := _problem(status, body, answer, secrets):
        failure = TransportError(problem) if is_unavailable else ProtocolError(problem)
    else:
        return Secret(answer["access_token"]), _life_s(answer.get("expires_in"))
    is_html = "html" in headers.get("Content-Type", "").lower() and status < 500
    hint = "; check SSOJET_TOKEN_URL" if is_html or status in _WRONG_ENDPOINT else ""
    failure.args = (f"{token_host(config)} answered {status}: {failure}{hint}",)
    failure.status, failure.retryable = status, is_unavailable
    failure.retry_after = _retry_after_s(headers.get("Retry-After", ""))
    raise failure


def transport_error(
    config: Config, error: BaseException, retryable: tuple[type[Exception], ...]
) -> TransportError:
    """Says why there was no answer, without the library's error: it has the request."""
    root = error
    while cause := root.__cause__ or root.__context__:
        root = cause
    kind = type(root).__name__
    # The system's errors and a proxy's say why. Others may quote what a server sent.
    is_quotable = isinstance(root, (OSError, ImportError)) or kind == "ProxyError"
    reason = CONTROL_CHARACTER.sub("", str(root)) if is_quotable else ""
    failure = TransportError(f"no answer from {token_host(config)}: {reason or kind}")
    is_tls_error = isinstance(root, ssl.SSLError)
    failure.retryable = isinstance(error, retryable) and not is_tls_error
    return failure


def token_host(config: Config) -> str:
    """Gives host and port of the token endpoint, for messages."""
    return urlsplit(config.token_url).netloc


def _problem(
    status: int, body: bytes | None, answer: dict[str, Any], secrets: list[str]
) -> str | None:
    """Says why an answer is no token."""
    token, token_type = answer.get("access_token"), answer.get("token_type")
    if body is None:
        return "the body ended early"
    if len(body) > limits.BODY_BYTES:
        return "the body is longer than 1 MiB"
    if status != 200:
        return "neither a token nor an OAuth error"
    if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
        return "no usable access_token"
    if token_type is not None and str(token_type).lower() != "bearer":
        name = _safe_text(token_type, secrets) or type(token_type).__name__
        return f"token_type is {name}, not Bearer"
    if _life_s(answer.get("expires_in")) < 1:
        return "expires_in is not a positive number of seconds"
    return None


def _json_object(body: bytes | None) -> dict[str, Any]:
    """Reads a JSON object; an empty one where the body is none or too long."""
    if body is None or len(body) > limits.BODY_BYTES:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _life_s(value: object) -> int:
    """Reads `expires_in`; 0 where it is not acceptable."""
    if value is None:
        value = limits.DEFAULT_LIFE_S
    if isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return int(min(value, limits.LONGEST_LIFE_S)) if value >= 1 else 0  # not for NaN


def _oauth_error(answer: dict[str, Any], secrets: list[str]) -> OAuthError:
    failure = OAuthError()
    for name in ("error", "error_description", "error_uri"):
        setattr(failure, name, _safe_text(answer.get(name), secrets))
    message = f"{failure.error} ({failure.error_description or 'no description'})"
    if failure.error == "invalid_client":
        message += f"; check id, secret and method ({' or '.join(AUTH_METHODS)})"
    failure.args = (message,)
    return failure


def _safe_text(text: object, secrets: list[str]) -> str | None:
    """Makes somebody else's text fit for an error: printable, short, no secrets."""
    if not isinstance(text, str) or NOT_UNICODE.search(text):
        return None
    text = CONTROL_CHARACTER.sub("", text)
    needles = (CONTROL_CHARACTER.sub("", secret) for secret in secrets)
    if any(len(n) >= limits.SECRET_CHARACTERS and n in text for n in needles):
        return "[removed]"
    return text[: limits.TEXT_CHARACTERS]


def _basic_credentials(config: Config, secret: Secret) -> str:
    pair = f"{quote_plus(config.client_id)}:{quote_plus(secret.reveal())}"
    return b64encode(pair.encode()).decode()


def _retry_after_s(text: str) -> float | None:
    """Reads `Retry-After`, which holds seconds or a date."""
    if re.fullmatch("[0-9]+", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # Python takes a date without a zone for local time; in HTTP it is UTC.
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(date.timestamp() - time.time(), 0)
