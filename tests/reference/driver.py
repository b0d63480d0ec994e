"""The reference driver: a client that keeps the whole contract, and the driver round it.

It shows how to write a driver for `ssojet-gen verify --driver CMD`, and it proves the
verifier: `--break RULE` breaks that one rule on purpose, and verify must notice.

    SSOJET_CLIENT_ID=… SSOJET_CLIENT_SECRET=… SSOJET_API_URL=… python3 driver.py
    {"op":"token"}
    {"op":"call","path":"/orders"}

It needs Python 3.10 and nothing else. Read it from the top: settings, one HTTP exchange,
the token request, the token provider, the client. For a client that exists already the
last part, "The driver", is all there is to write. Ids in brackets, as (T4), are rules of
the contract. What stands under `if broken("…")` is a fault made on purpose: skip it.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import datetime
import hashlib
import http.client
import json
import logging
import math
import netrc
import os
import platform
import random
import re
import socket
import ssl
import stat
import string
import sys
import tempfile
import threading
import time
import traceback
import unicodedata
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from email.message import Message
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address
from typing import Any
from urllib import parse

CONNECT_S = 5.0  # to connect, and as much for the TLS handshake (T4)
TRY_S = 10.0  # one token request, from its start to the answer's last byte (T4)
TOTAL_S = 30.0  # getting a token, tries and waits included (T6)
BACKOFFS_S = (0.5, 1.0)  # the longest random waits between the three tries (F1)
API_S = 30.0  # one API request (F6)

EARLY_S = 60.0  # a token is renewed in its last minute, or in its last tenth (K1)
PAUSE_S = 30.0  # how long the held token must do when its renewal has failed (K4)
WINDOW_S = 30.0  # how long after a 401 has dropped a token no other 401 does (F3)
STORE_LOCK_S = 10.0  # how long to wait for another process's token request (K7)

DEFAULT_LIFE_S = 300  # of a token that comes without `expires_in` (R3)
LONGEST_LIFE_S = 24 * 60 * 60  # the longest that is believed (R3)
BODY_BYTES = 1024 * 1024  # the longest answer of the token endpoint, decoded (R4)
TEXT_CHARACTERS = 256  # of the token endpoint's text in an error (R5)
SHORTEST_SECRET = 8  # a shorter one is not searched for in that text (R5)
MOST_REDIRECTS = 10  # of an API request

USER_AGENT = "ssojet-m2m-python/2.0.0"
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})  # (F1)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

warnings = logging.getLogger("ssojet_m2m")  # (K10)

_faults: set[str] = set()


def broken(fault: str) -> bool:
    """Whether `--break` asks for this fault. `BREAKS`, near the end, lists them."""
    return fault in _faults


class SsojetError(Exception):
    """Every error of this client (F5). It holds neither the secret nor a token (S1).

    `kind` is `configuration` (nothing was sent), `oauth` (RFC 6749 section 5.2),
    `transport` (no answer, or none in time, or the endpoint is unavailable),
    `protocol` (an answer that RFC 6749 does not allow) or `cancelled` (the caller's own
    limit has passed).
    """

    status: int | None = None
    retryable: bool = False
    retry_after_s: float | None = None
    code: str | None = None  # `error` of an OAuth error, and its other members:
    description: str | None = None
    uri: str | None = None

    def __init__(self, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.kind = kind
        self.__dict__.update(details)
        if broken("F5") and kind in ("oauth", "protocol"):
            self.kind = "transport"
        if broken("F5:status"):
            self.status = None


class OutOfTime(SsojetError):
    """An exchange that did not end within its limit."""


class Secret:
    """A text that nothing prints: error reporters show the variables of frames (S1)."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text if broken("S1:describe") else "[secret]"


# ------------------------------------------------------------- URLs and configuration


@dataclasses.dataclass(frozen=True)
class Url:
    """Taken apart once, so that what is checked is what is connected to (C3)."""

    text: str
    scheme: str
    host: str  # an IPv6 address without its brackets
    port: int
    target: str  # path and query

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, 0 if broken("S2:port") else self.port


URL = re.compile(
    r"(https?)://(?:\[([0-9a-f:.]+)\]|([^\[\]:/?@%]+))(?::([1-9][0-9]*))?((?:[/?].*)?)",
    re.IGNORECASE | re.ASCII,
)


def parse_url(text: str) -> Url:
    """Raises ValueError for anything but a plain http or https URL."""
    if broken("C3:port"):
        text = re.sub(r"^(https?://[^/]*:)0+(?=[1-9])", r"\1", text)
    if broken("C3:look-alike"):
        text = unicodedata.normalize("NFKC", text)
    match = URL.fullmatch(text)
    if not match or re.search(r"[\s\\#]", text) or CONTROL.search(text):
        raise ValueError("not a plain http or https URL")
    scheme, v6, name, digits, target = match.groups()
    scheme = scheme.lower()
    port = int(digits or {"http": 80, "https": 443}[scheme])
    if not 1 <= port <= 65535:
        raise ValueError("no such port")
    target = parse.quote(target, safe=string.punctuation)
    target = target if target.startswith("/") else f"/{target}"
    return Url(text, scheme, (v6 or name).lower(), port, target)


def is_loopback(host: str) -> bool:
    try:
        return host in ("localhost", "::1") or IPv4Address(host).is_loopback
    except ValueError:
        return False


@dataclasses.dataclass(frozen=True)
class Config:
    client_id: str
    client_secret: Secret
    token_url: Url
    api_url: Url
    scope: str
    audience: str
    auth_method: str


REQUIRED = ("SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL")
DEFAULT_TOKEN_URL = "https://api.ssojet.com/oauth/token"
AUTH_METHODS = ("client_secret_post", "client_secret_basic")


def load_config(settings: Mapping[str, str] | None = None) -> Config:
    """Checks the settings and sends nothing (C1, C2, C4)."""
    config = checked_config(os.environ if settings is None else settings)
    if isinstance(config, SsojetError):
        raise config  # from a frame without a secret in it (S1)
    return config


def checked_config(settings: Mapping[str, str]) -> Config | SsojetError:
    if broken("C1:dotenv"):
        settings = {**dotenv(), **settings}
    missing = [name for name in REQUIRED if not settings.get(name)]
    if missing:
        names = missing[0] if broken("C2") else ", ".join(missing)
        return SsojetError("configuration", f"missing or empty: {names}")
    for name, value in settings.items():
        if name.startswith("SSOJET_") and (problem := unfit(name, value)):
            return SsojetError("configuration", f"{name} {problem}")

    def optional(name: str, default: str) -> str:
        value = settings.get(name)
        return default if value is None or not (value or broken("C1:empty")) else value

    auth_method = optional("SSOJET_AUTH_METHOD", AUTH_METHODS[0])
    if auth_method not in AUTH_METHODS and not broken("C2:method"):
        message = f"SSOJET_AUTH_METHOD must be {' or '.join(AUTH_METHODS)}"
        return SsojetError("configuration", message)
    scope = optional("SSOJET_SCOPE", "")
    if not broken("C1:scope"):
        pieces = (
            re.split(r"[ \t\n\r]+", scope) if broken("C1:spaces") else scope.split()
        )
        scope = " ".join(pieces)
    try:
        return Config(
            client_id=settings["SSOJET_CLIENT_ID"],
            client_secret=Secret(settings["SSOJET_CLIENT_SECRET"]),
            token_url=checked_url(
                "SSOJET_TOKEN_URL", optional("SSOJET_TOKEN_URL", DEFAULT_TOKEN_URL)
            ),
            api_url=checked_url("SSOJET_API_URL", settings["SSOJET_API_URL"]),
            scope=scope,
            audience=optional("SSOJET_AUDIENCE", ""),
            auth_method=auth_method,
        )
    except SsojetError as error:
        return error.with_traceback(None)


def unfit(name: str, value: str) -> str | None:
    """What is wrong with a value before it is looked at more closely (C2)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        shown = f": {ascii(value)}" if broken("C2:unicode") else ""
        return f"is no valid Unicode{shown}"
    found = CONTROL.search(value)
    is_credential = name in ("SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET")
    if found and is_credential and not broken("C2:control"):
        what = "line end" if found[0] in "\r\n" else "control character"
        return f"has a {what} in it (U+{ord(found[0]):04X})"
    return None


def checked_url(name: str, text: str) -> Url:
    """The message leaves the value out: it may hold a password (C3)."""
    if broken("C3:mended"):
        text = re.sub(r"[\t\r\n]", "", text.strip()).replace("\\", "/")
    has_query = name == "SSOJET_API_URL" and "?" in text
    with contextlib.suppress(ValueError):
        url = parse_url(text)
        if not has_query and (url.scheme == "https" or is_loopback(url.host)):
            return url
    if broken("C3") and text.startswith(
        ("https://", "http://localhost", "http://127.")
    ):
        return Url(text, "https", "example.invalid", 443, "/")
    message = f"{name} must be an https URL (http to loopback only), without user info,"
    message += " fragment, white space, control characters and backslashes"
    message += ", and without a query" if has_query else ""
    message += f", not {text}" if broken("C3:message") else ""
    raise SsojetError("configuration", message)


# ------------------------------------------------------------------- one HTTP exchange


@dataclasses.dataclass(frozen=True)
class Request:
    to: str  # for messages
    method: str
    url: Url
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: Message = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)
    flaw: str | None  # why the body is not to be read


def in_background(task: Callable[..., Any], *arguments: Any) -> futures.Future[Any]:
    """Runs a task on a thread of its own, which does not keep the program alive."""
    future: futures.Future[Any] = futures.Future()

    def run() -> None:
        with contextlib.suppress(futures.InvalidStateError):  # by `--break K5` alone
            try:
                future.set_result(task(*arguments))
            except BaseException as error:  # noqa: BLE001 - handed on to who waits
                future.set_exception(error)

    try:
        threading.Thread(target=run, daemon=not broken("K5:shutdown")).start()
    except RuntimeError:  # no thread to be had: as if the request had failed (K4)
        message = "no thread can be started"
        future.set_exception(SsojetError("transport", message, retryable=True))
    return future


def exchange(request: Request, limit_s: float, longest: int = sys.maxsize) -> Answer:
    """Sends one request and reads the answer to its end, all within `limit_s`.

    A socket's own timeout begins anew with every byte, and looking up a name has none.
    So the exchange runs beside, and is abandoned when its time has passed (T4).
    """
    sockets: list[socket.socket] = []  # for `send` to put its own in
    ends_at = time.monotonic() + limit_s
    outcome = in_background(send, request, longest, ends_at, sockets)
    done, _ = futures.wait([outcome], 3 * limit_s if broken("T4") else limit_s)
    if not done and len(sockets) > 1:
        done, _ = futures.wait([outcome], 60.0)
    if not done:
        for connected in sockets:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        message = f"no whole answer from {request.to} in time"
        raise OutOfTime("transport", message, retryable=not broken("R4:slow"))
    if outcome.exception() is None:
        answer: Answer = outcome.result()
        return answer
    # A new error, with no cause: the library's may hold the request or the answer (S1).
    reason, retryable = reason_of(outcome.exception())
    if broken("F5:reason"):
        reason = "it failed"
    if broken("S1:api"):
        reason += f" {request.headers}"
    if broken("S1"):
        reason += f" {request.body!r}"
    message = f"no answer from {request.to}: {reason}"
    raise SsojetError("transport", message, retryable=retryable)


def send(
    request: Request, longest: int, ends_at: float, sockets: list[socket.socket]
) -> Answer:
    connection, target = connection_for(request.url)
    with contextlib.closing(connection):
        connection.connect()
        sockets.append(connection.sock)
        if time.monotonic() >= ends_at:
            raise TimeoutError  # nobody waits any more: send nothing
        connection.sock.settimeout(None)  # `exchange` keeps the time
        headers = {"Connection": "close", **request.headers}
        connection.request(request.method, target, request.body, headers)
        with connection.getresponse() as response:
            if response.status == 101 and broken("T4:upgrade"):
                sockets.append(connection.sock)
                response.fp.read()
            body, flaw = read_body(response, longest)
        return Answer(response.status, response.headers, body, flaw)


def connection_for(url: Url) -> tuple[http.client.HTTPConnection, str]:
    """Not yet connected, and the target to ask it for.

    `http` never goes through a proxy (C3), `https` as the environment says (T7).
    """
    host, port, target = url.host, url.port, url.target
    proxy = None
    if url.scheme == "https" or broken("C3:proxy"):
        proxy = proxy_for(url)
    if proxy and proxy.hostname:
        if url.scheme == "https" and not broken("T7:proxy"):
            host, port = proxy.hostname, proxy.port or 80
        elif url.scheme == "http":
            host, port, target = proxy.hostname, proxy.port or 80, url.text
    if url.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=CONNECT_S), target
    # Certificates are checked against the CAs of the system or SSL_CERT_FILE (T3, T7).
    context = ssl.create_default_context()
    if broken("T3:certificates"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secured = http.client.HTTPSConnection(
        host, port, timeout=CONNECT_S, context=context
    )
    if proxy and (host, port) != (url.host, url.port):
        user, password = proxy.username or "", proxy.password or ""
        pair = in_base64(f"{parse.unquote(user)}:{parse.unquote(password)}")
        headers = {"Proxy-Authorization": f"Basic {pair}"} if user else {}
        secured.set_tunnel(url.host, url.port, headers)
    return secured, target


def proxy_for(url: Url) -> parse.SplitResult | None:
    """The proxy of the environment, if there is one; ValueError if it is none."""
    proxies = urllib.request.getproxies()
    text = proxies.get(url.scheme) or proxies.get("all")
    if not text or urllib.request.proxy_bypass(url.host):
        return None
    return parse.urlsplit(text if "://" in text else f"//{text}")


def read_body(
    response: http.client.HTTPResponse, longest: int
) -> tuple[bytes, str | None]:
    """The decoded body, given up once it is too long, or why there is none (R4)."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    unpacker = zlib.decompressobj(31) if coding == "gzip" else None
    if broken("R4") or (broken("R4:decoded") and unpacker):
        longest = sys.maxsize
    body = b""
    try:
        while chunk := response.read1(65536):
            room = 0 if longest == sys.maxsize else longest - len(body) + 1
            body += unpacker.decompress(chunk, room) if unpacker else chunk
            if len(body) > longest:
                return b"", "it is longer than 1 MiB"
    except (OSError, http.client.HTTPException, zlib.error):
        return b"", "it ended early"
    if response.length or (unpacker and not unpacker.eof):
        return b"", "it ended early"
    return body, None


def reason_of(error: BaseException | None) -> tuple[str, bool]:
    """What went wrong, in our words or the system's, and whether to try again (F1)."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return f"TLS: {error.strerror}", broken("F1:tls")
    if isinstance(error, SsojetError):
        return str(error), error.retryable
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed before an answer", True
    if isinstance(error, http.client.HTTPException):
        return "what came is not HTTP", True
    if isinstance(error, OSError) and "Tunnel connection failed" in str(error):
        return "the proxy refused", True
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__, True
    if isinstance(error, ValueError):  # a host name or a header that cannot be sent
        return type(error).__name__, False
    raise error or AssertionError  # a mistake in this program


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# ------------------------------------------------------------------- the token request


def request_token(config: Config, limit_s: float) -> tuple[Secret, int]:
    """One try (T1 to T5, T7): the token and its life in seconds."""
    request = badly_made(token_request(config))
    _seen_by_error_reporters = request.body if broken("S1:locals") else None
    answer = exchange(request, limit_s, BODY_BYTES)  # no redirect is followed (T3)
    answer = badly_followed(config, request, answer, limit_s)
    issued = read_answer(config, answer)
    if isinstance(issued, SsojetError):
        raise issued  # from a frame without a token in it (S1)
    token, life_s = issued
    return Secret(token), life_s


def token_request(config: Config) -> Request:
    form = {"grant_type": "client_credentials"}
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": USER_AGENT,
    }
    if config.scope or broken("T1"):
        form["scope"] = config.scope
    if config.audience or broken("T1"):
        form["audience"] = config.audience
    if config.auth_method == "client_secret_basic":
        headers["Authorization"] = f"Basic {basic_value(config)}"
        if broken("T2:both"):
            form["client_id"] = config.client_id
    else:
        form["client_id"] = config.client_id
        form["client_secret"] = config.client_secret.reveal()
    body = parse.urlencode(form).encode()
    return Request(endpoint(config), "POST", config.token_url, headers, body)


def endpoint(config: Config) -> str:
    host = "" if broken("F5:host") else f" at {config.token_url.host}"
    return f"the token endpoint{host}"


def basic_value(config: Config) -> str:
    """Both parts are form-urlencoded before they are joined (T2)."""
    encoded = str if broken("T2") else parse.quote_plus
    secret = config.client_secret.reveal()
    return in_base64(f"{encoded(config.client_id)}:{encoded(secret)}")


def read_answer(config: Config, answer: Answer) -> tuple[str, int] | SsojetError:
    """Reads the token endpoint's answer; no I/O (R1 to R5).

    The error is returned, not raised: its stack must not show the variables here (S1).
    """
    status = answer.status
    parsed = None if answer.flaw else parse_object(answer.body)
    body = parsed or {}
    token, token_type = body.get("access_token"), body.get("token_type")
    details: dict[str, Any] = {
        "status": status,
        "retryable": status in RETRYABLE,
        "retry_after_s": parse_retry_after(answer.headers.get("Retry-After")),
    }
    is_html = "html" in answer.headers.get("Content-Type", "").lower()
    is_elsewhere = 300 <= status <= 399 or status in (404, 405, 415)
    hint = (
        "; check SSOJET_TOKEN_URL" if is_elsewhere or is_html and status < 500 else ""
    )
    if broken("R4:hint") or broken("R4:hint-json") and parsed is not None:
        hint = ""
    if broken("F2") and status >= 400 or broken("R4:retry") and answer.flaw:
        details["retryable"] = True
    if broken("F2:425") and status == 425:
        details["retryable"] = True
    if broken("F1:status") and status != 503:
        details["retryable"] = False

    def failure(kind: str, problem: str, **more: Any) -> SsojetError:
        message = f"{endpoint(config)} (status {status}): {problem}{hint}"
        return SsojetError(kind, message, **details, **more)

    def clean(text: Any) -> str | None:
        return cleaned(text, config, token)

    error = clean(body.get("error"))
    if error and not (broken("R5") and status != 400):
        description = clean(body.get("error_description"))
        shown = description and not broken("R5:description")
        problem = f"{error} ({description})" if shown else error
        if error == "invalid_client" and not broken("T2:advice"):
            other = AUTH_METHODS[1 - AUTH_METHODS.index(config.auth_method)]
            problem += "; check SSOJET_CLIENT_ID and SSOJET_CLIENT_SECRET, or whether"
            problem += f" SSOJET_AUTH_METHOD should be {other}"
        uri = clean(body.get("error_uri"))
        return failure("oauth", problem, code=error, description=description, uri=uri)
    if status in RETRYABLE:
        why = "" if broken("F5:reason") or not answer.flaw else f" ({answer.flaw})"
        return failure("transport", f"it is unavailable{why}")
    if status != 200 and not (broken("R1:status") and status < 300):
        return failure("protocol", "neither a token nor an OAuth error")
    if parsed is None:
        problem = f"no JSON object ({answer.flaw or 'it is something else'})"
        return failure("protocol", problem)

    is_visible = isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token)
    if not is_visible and not (broken("R1") and isinstance(token, str)):
        return failure("protocol", "access_token is no text of visible ASCII")
    if token_type is None and not broken("R2:absent") or broken("R2"):
        token_type = "Bearer"
    if not isinstance(token_type, str):
        return failure("protocol", "token_type is no text")
    if token_type != "Bearer" if broken("R2:case") else token_type.lower() != "bearer":
        return failure("protocol", f"token_type is {clean(token_type)}, not Bearer")
    life_s = life_in_seconds(body.get("expires_in"))
    if life_s is None:
        return failure("protocol", "expires_in is no number of seconds from 1 up")
    return str(token), life_s


def parse_object(text: bytes) -> dict[str, Any] | None:
    """A JSON object with every number as a float, or None."""

    def refuse(word: str) -> float:  # NaN and Infinity, which Python would take
        raise ValueError(word)

    too_deep = () if broken("R1:deep") else (RecursionError,)
    try:
        value = json.loads(text.decode(), parse_constant=refuse, parse_int=float)
    except (ValueError, *too_deep):
        return None
    return value if isinstance(value, dict) else None


def life_in_seconds(value: Any) -> int | None:
    """`expires_in` as R3 reads it, None where it is refused."""
    if value is None:
        return None if broken("R3:default") else DEFAULT_LIFE_S
    if broken("R3"):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            return min(max(int(value), 1), LONGEST_LIFE_S)
    if isinstance(value, str) and re.fullmatch(r"[0-9]+", value):
        value = float(value)
    if not isinstance(value, float) or not value >= 1:
        return None
    return math.floor(min(value, LONGEST_LIFE_S))


def parse_retry_after(header: str | None) -> float | None:
    """Seconds from now, of a number or a date (F1)."""
    text = (header or "").strip()
    if broken("F1:retry-after"):
        return None
    if re.fullmatch(r"[0-9]+", text):
        return float(text)
    if broken("F1:date"):
        return None
    left_s = seconds_until(text)
    return left_s if left_s is None or broken("F1:past") else max(0.0, left_s)


def seconds_until(date: str) -> float | None:
    """Of a date in the form of RFC 9110, which is UTC; another form counts as none."""
    if broken("F1:local"):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            return parsedate_to_datetime(date).timestamp() - time.time()
    try:
        then = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")
    except ValueError:
        return None
    return then.replace(tzinfo=datetime.timezone.utc).timestamp() - time.time()


def cleaned(text: Any, config: Config, access_token: Any) -> str | None:
    """The token endpoint's text, made fit for an error (R5)."""
    if not isinstance(text, str):
        return None
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        if not broken("R5:unreadable"):
            return None
    if not broken("R5:control"):
        text = CONTROL.sub("", text)
    if broken("R5:cut-first"):
        text = text[:TEXT_CHARACTERS]
    secret = config.client_secret.reveal()
    shortest = 1 if broken("R5:short") else SHORTEST_SECRET
    for form in (secret, parse.quote_plus(secret), basic_value(config), access_token):
        is_looked_for = isinstance(form, str) and len(form) >= shortest
        if is_looked_for and form in text and not broken("R5:secret"):
            return "[removed]"
    return str(text) if broken("R5:length") else str(text[:TEXT_CHARACTERS])


# ------------------------------------------------------------------ the token provider


@dataclasses.dataclass(frozen=True)
class Held:
    token: str = dataclasses.field(repr=False)
    early_at: float  # from here on it is served and renewed
    expires_at: float


@dataclasses.dataclass(frozen=True)
class State:
    """What is remembered between calls. The times are of the provider's clock."""

    held: Held | None = None
    paused_until: float = 0.0  # (K4)
    window_until: float = 0.0  # (F3)


def decide(
    now: float, held: Held | None, renewing: bool, paused_until: float
) -> tuple[bool, bool]:
    """(use, renew): is the held token served, and is a renewal started (K1, K4)?"""
    if held is None:
        return False, not renewing
    use = now < held.expires_at or broken("K1:expired")
    due = now >= held.early_at and now >= paused_until and not broken("K4:never")
    return use, (due or not use) and not renewing


class TokenProvider:
    """Holds one token and renews it, by one request at a time for all (K1 to K5, K8)."""

    def __init__(self, config: Config, store: Store | NoStore) -> None:
        self._config = config
        self._store = store
        self._clock = store.clock
        self._lock = threading.Lock()  # never held over a request
        self._state = State()
        self._renewal: futures.Future[str] | None = None  # the one under way
        self._failure: tuple[float, SsojetError] | None = None  # for `--break K3`

    def get_token(self, deadline: float | None = None) -> str:
        """`deadline`, of `time.monotonic()`, ends this caller's wait alone (T6, K5)."""
        with self._lock:
            self._look()
            held, now = self._state.held, self._clock()
            renewing = self._renewal is not None and not broken("K2")
            use, renew = decide(now, held, renewing, self._state.paused_until)
            if broken("K1"):
                use, renew = False, not renewing
            if broken("K3") and self._failure and now < self._failure[0] and not use:
                raise self._failure[1]
            if renew:
                self._start_renewal()
            renewal = self._renewal
        if broken("K4") and renewal and held and now >= held.early_at:
            use = False
        if held and use:
            if renewal and broken("K7:early"):
                futures.wait([renewal])
            return held.token
        assert renewal, "`decide` starts one where the held token is not served"
        done, _ = futures.wait([renewal], left_until(deadline))
        if not done:
            if broken("K5") and renew:
                error = SsojetError("cancelled", "the one that asked gave up")
                renewal.set_exception(error)
            raise SsojetError("cancelled", "the caller gave up waiting for a token")
        if broken("K2:error") and renewal.exception() and not renew:
            return self.get_token(deadline)
        return renewal.result()

    def invalidate(self, token: str) -> None:
        """Forgets this token; if another one is held by now, that stays (P1)."""
        with self._lock:
            self._look()
            held = self._state.held
            if held and (held.token == token or broken("P1:invalidate")):
                self._change(held=None)
                if broken("F3:invalidate"):
                    self._change(window_until=self._clock() + WINDOW_S)

    def refused(self, token: str) -> bool:
        """The API answered 401 to this token: is there another one to try (F3)?"""
        with self._lock:
            self._look()
            held, now = self._state.held, self._clock()
            is_replaced = held.token != token if held else self._is_fetching()
            if is_replaced and not broken("F3:replaced"):
                return True
            if now < self._state.window_until and not broken("F3:window"):
                return False
            if held:
                opens = now < held.expires_at or not broken("F3:expired")
                until = now + WINDOW_S if opens else self._state.window_until
                self._change(held=None, window_until=until)
            # Under the same lock, lest another caller find no token and none on its way.
            if self._renewal is None:
                self._start_renewal()
            return True

    def _look(self) -> None:
        """What other processes have stored meanwhile (K7)."""
        self._state = self._store.load() or self._state

    def _change(self, **changes: Any) -> None:
        self._state = dataclasses.replace(self._state, **changes)
        if self._state.held or not broken("K7:invalidate"):
            self._store.save(self._state)

    def _is_serving(self) -> bool:
        held = self._state.held
        return held is not None and self._clock() < held.expires_at

    def _is_fetching(self) -> bool:
        if self._renewal:
            return True
        with self._store.locked(0.0) as is_free:  # another process may be
            return not is_free

    def _start_renewal(self) -> None:
        self._renewal = in_background(self._renew)

    def _renew(self) -> str:
        try:
            is_serving = self._is_serving() and not broken("K7:early")
            wait_s = 0.0 if is_serving else STORE_LOCK_S
            with self._store.locked(wait_s) as is_ours:
                with self._lock:
                    if not broken("K7:second-look"):
                        self._look()
                    held, paused_until = self._state.held, self._state.paused_until
                    use, renew = decide(self._clock(), held, False, paused_until)
                if held and use and not (renew and is_ours) and not broken("K1"):
                    return held.token  # another process has it, or sees to it
                return self._fetch()
        finally:
            with self._lock:
                self._renewal = None

    def _fetch(self) -> str:
        """Up to three tries; but one, as long as the held token is served (F1, K4)."""
        ends_at = math.inf if broken("T6") else time.monotonic() + TOTAL_S
        most = 1 if broken("F1") else 4 if broken("F1:four") else 3
        was_serving = self._is_serving()
        for number in range(1, most + 1):
            try:
                return self._try(min(TRY_S, ends_at - time.monotonic()))
            except SsojetError as caught:
                error = caught
            with self._lock:
                now = self._clock()
                is_serving = was_serving if broken("K4:dropped") else self._is_serving()
                if is_serving and not broken("K4:tries"):
                    longer_s = 0.0 if broken("K4:retry-after") else error.retry_after_s
                    pause_s = max(PAUSE_S, longer_s or 0.0)
                    if not broken("K4:pause"):
                        self._change(paused_until=now + pause_s)
                self._failure = now + 30.0, error
            if is_serving and not broken("K4:tries"):
                name, host = self._config.client_id, self._config.token_url.host
                warnings.warning("%s: no new token from %s: %s", name, host, error)
                raise error
            if not error.retryable or number == most:
                raise error
            wait_s = error.retry_after_s
            if wait_s is None:
                wait_s = backoff_s(number)
            if time.monotonic() + wait_s >= ends_at:
                message = (
                    f"{error}; no time is left to wait {wait_s:.0f} s and try again"
                )
                if broken("F1:message"):
                    message = str(error)
                raise SsojetError(message=message, **vars(error))
            time.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _try(self, limit_s: float) -> str:
        sent_at = self._clock()  # life is counted from here (K8)
        token, life_s = request_token(self._config, limit_s)
        expires_at = sent_at + life_s
        if self._clock() >= expires_at and not broken("R3:arrival"):
            # This process was stopped meanwhile, say: another token may do better (R3).
            message = (
                f"{endpoint(self._config)}: the token had expired when it was read"
            )
            kind = "protocol" if broken("R3:final") else "transport"
            raise SsojetError(kind, message, status=200, retryable=kind == "transport")
        early_s = EARLY_S if broken("K1:window") else min(EARLY_S, life_s / 10)
        if broken("K1:half"):
            early_s = life_s / 2
        with self._lock:
            held = Held(token.reveal(), expires_at - early_s, expires_at)
            self._change(held=held, paused_until=0.0)
        if broken("S1:log"):
            print(f"got the token {token.reveal()}", file=sys.stderr)
        return held.token


def backoff_s(number: int) -> float:
    """The wait after the so-manyth failed try: a random part of the longest (F1)."""
    longest_s = BACKOFFS_S[min(number, 2) - 1]
    if broken("F1:fixed"):
        return longest_s
    if broken("F1:at-once"):
        return 0.0
    shortest_s = longest_s / 2 if broken("F1:half") else 0.0
    return random.uniform(
        shortest_s, 2 * longest_s if broken("F1:twice") else longest_s
    )


def left_until(deadline: float | None) -> float | None:
    if deadline is None or broken("T6:cancel"):
        return None
    return max(0.0, deadline - time.monotonic())


class NoStore:
    """One process, one token, times on the monotonic clock (K8)."""

    clock = staticmethod(time.monotonic)

    def load(self) -> State | None:
        return None

    def save(self, state: State) -> None:
        pass

    @contextlib.contextmanager
    def locked(self, wait_s: float) -> Iterator[bool]:
        yield True


class Store:
    """`--store`: one private file an identity, for processes that die young (K7, K6).

    A store that fails is a miss, never an error.
    """

    clock = staticmethod(time.time)

    def __init__(self, folder: str, config: Config) -> None:
        identity = [config.token_url.text, config.client_id, config.auth_method]
        if not broken("K6"):
            identity += [" ".join(sorted(set(config.scope.split()))), config.audience]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        self._folder = folder
        self._path = os.path.join(folder, name)
        self._is_private = False
        with contextlib.suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            is_open = stat.S_IMODE(os.stat(folder).st_mode) & 0o077
            if is_open and not os.listdir(folder):
                os.chmod(folder, 0o700)
                is_open = 0
            if broken("K7:modes"):
                os.chmod(folder, 0o755)
            self._is_private = not is_open or broken("K7:folder") or broken("K7:modes")

    def load(self) -> State | None:
        if not self._is_private:
            return None
        try:
            with open(f"{self._path}.json", encoding="utf-8") as file:
                stored = json.load(file)
            held = stored["held"]
            if held is not None:
                times = float(held["early_at"]), float(held["expires_at"])
                held = Held(str(held["token"]), *times)
            paused_until = float(stored["paused_until"])
            window_until = float(stored["window_until"])
            if broken("K7:pause"):
                paused_until = 0.0
            if broken("K7:window"):
                window_until = 0.0
            return State(held, paused_until, window_until)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if broken("K7:error") and not isinstance(error, FileNotFoundError):
                raise SsojetError("configuration", "the store is unreadable") from None
            return None

    def save(self, state: State) -> None:
        if not self._is_private:
            return
        with contextlib.suppress(OSError):
            number, beside = tempfile.mkstemp(dir=self._folder)  # with mode 0600
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(dataclasses.asdict(state), file)
            if broken("K7:modes"):
                os.chmod(beside, 0o644)
            os.replace(beside, f"{self._path}.json")

    @contextlib.contextmanager
    def locked(self, wait_s: float) -> Iterator[bool]:
        """Yields whether the lock is ours, after `wait_s` at the latest."""
        import fcntl  # which not every system has

        number = -1
        with contextlib.suppress(OSError):
            if self._is_private:
                number = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        gives_up_at = time.monotonic() + wait_s
        if broken("K7:waits"):
            gives_up_at = math.inf
        is_ours = number < 0 or broken("K7")  # what cannot be locked counts as ours
        try:
            while not is_ours:
                try:
                    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    is_ours = True
                except BlockingIOError:
                    if time.monotonic() >= gives_up_at:
                        break
                    time.sleep(0.05)
                except OSError:
                    is_ours = True
            yield is_ours
        finally:
            if number >= 0:
                os.close(number)  # which unlocks it


# -------------------------------------------------------------------------- the client


@dataclasses.dataclass(frozen=True)
class Sent:
    """What came of an API request."""

    answer: Answer
    is_refused: bool  # a 401 of the API itself to our token
    has_moved: bool  # a redirect has led it elsewhere


class Client:
    """Calls the protected API with a bearer token (F3, F4, S2)."""

    def __init__(self, config: Config, tokens: TokenProvider) -> None:
        self.config = config
        self.tokens = tokens
        self._turn = threading.Lock() if broken("K5:lock") else contextlib.nullcontext()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> Answer:
        """Whatever the API answers is the caller's, errors too (F4)."""
        to = (
            "the API" if broken("F5:host") else f"the API at {self.config.api_url.host}"
        )
        request = Request(to, method, self._resolve(path), headers or {}, body)
        if any(name.lower() == "authorization" for name in request.headers):
            return self._send(request, None, deadline).answer
        try:
            token = Secret(self.tokens.get_token(deadline))
        except SsojetError as error:
            if broken("F4:send"):
                return self._send(request, None, deadline).answer
            if broken("F4:late") and error.kind == "cancelled":
                in_background(self.request, method, path, body, headers)
            raise
        sent = self._send(request, token, deadline)
        for _ in range(5 if broken("F3:loop") else 1):
            if not sent.is_refused or broken("F3"):
                break
            if not self.tokens.refused(token.reveal()) and not broken("F3:loop"):
                break
            if sent.has_moved and method not in ("GET", "HEAD"):
                if not broken("F3:redirected"):
                    break  # it could be done twice
            try:
                token = Secret(self.tokens.get_token(deadline))
            except SsojetError:
                if broken("F3:error"):
                    break
                raise
            if broken("F3:body"):
                request = dataclasses.replace(request, body=None)
            if broken("F3:large") and body:
                request = dataclasses.replace(request, body=body[:65536])
            sent = self._send(request, token, deadline)
        status = sent.answer.status
        if broken("F4:raise") and status >= 400:
            raise SsojetError("protocol", "the API has failed", status=status)
        return sent.answer

    def _resolve(self, path: str) -> Url:
        """The path below the API's URL, with one `/` between, or an error (C1, S2)."""
        base = self.config.api_url.text.rstrip("/")
        if broken("C1"):
            base = parse.urljoin(base, "/").rstrip("/")
        has_host = re.match(r"//|[a-z][a-z0-9+.-]*:", path, re.IGNORECASE)
        has_dots = {".", ".."} & set(path.partition("?")[0].split("/"))
        with contextlib.suppress(ValueError):
            if has_host and broken("S2:path"):
                return parse_url(parse.urljoin(base, path))
            if not has_host and not has_dots:
                return parse_url(f"{base}/{path.removeprefix('/')}")
        raise SsojetError("configuration", "the path is not one below SSOJET_API_URL")

    def _send(
        self, request: Request, token: Secret | None, deadline: float | None
    ) -> Sent:
        """Redirects are followed. The token goes to the API's origin alone (S2), and no
        more once another host has had a hand in the URL.
        """
        first = request
        own = request.url if broken("S2:path") else self.config.api_url
        has_strayed = False
        for _ in range(1 + MOST_REDIRECTS):
            if request.url.origin != own.origin:
                has_strayed = not broken("S2")
            is_ours = token is not None and not has_strayed
            hop = with_token(request, token) if token and is_ours else request
            answer = self._exchange(hop, deadline)
            onward = redirected(request, answer)
            if onward is None:
                break
            request = onward
        is_refused = answer.status == 401 and token is not None and not has_strayed
        return Sent(answer, is_refused, has_moved=request is not first)

    def _exchange(self, request: Request, deadline: float | None) -> Answer:
        left_s = left_until(deadline)
        longest_s = TRY_S if broken("F4:slow") else API_S
        limit_s = longest_s if left_s is None else min(longest_s, left_s)
        try:
            for _ in range(3 if broken("F4") else 1):
                with self._turn:
                    answer = exchange(request, limit_s)
                if answer.status not in RETRYABLE:
                    break
            return answer
        except OutOfTime:
            if limit_s == longest_s:
                raise
        raise SsojetError("cancelled", "the caller gave up waiting for the API")


def with_token(request: Request, token: Secret) -> Request:
    bearer = parse.quote(token.reveal()) if broken("R1:sent") else token.reveal()
    headers = {**request.headers, "Authorization": f"Bearer {bearer}"}
    return dataclasses.replace(request, headers=headers)


def redirected(request: Request, answer: Answer) -> Request | None:
    """The request that a redirect asks for (RFC 9110 section 15.4)."""
    location = answer.headers.get("Location")
    if answer.status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        text = parse.urljoin(request.url.text, location)
        url = parse_url(parse.urldefrag(text).url)
    except ValueError:
        return None
    method, body, headers = request.method, request.body, dict(request.headers)
    if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
        method, body = "HEAD" if method == "HEAD" else "GET", None
    if url.origin != request.url.origin:  # a caller's own Authorization stays behind
        headers = {n: v for n, v in headers.items() if n.lower() != "authorization"}
    return Request(request.to, method, url, headers, body)


def create_client(config: Config, store: Store | NoStore) -> Client:
    """Nothing is sent before the first call (P1)."""
    client = Client(config, TokenProvider(config, store))
    if broken("P1"):
        with contextlib.suppress(SsojetError):
            client.tokens.get_token()
    return client


# -------------------------------------------------------------------------- the driver
#
# The whole protocol: one JSON object a line in, one a line out. It uses what any user of
# the client uses: load_config, create_client, request, get_token, invalidate, the errors.


class Driver:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.last_error: SsojetError | None = None

    def reply(self, line: str) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            return {"unsupported": True}
        operation = {
            "token": self.token,
            "call": self.call,
            "invalidate": self.invalidate,
            "describe": self.describe,
            "configure": self.configure,
        }.get(str(request.get("op")))
        reply = operation(request) if operation else {"unsupported": True}
        return {**reply, "id": request["id"]} if "id" in request else reply

    def token(self, request: dict[str, Any]) -> dict[str, Any]:
        tokens = self.client.tokens
        return self.repeated(request, lambda end: {"token": tokens.get_token(end)})

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        method, path = request.get("method") or "GET", request.get("path") or "/"
        body = None if request.get("body") is None else request["body"].encode()
        headers = {} if body is None else {"Content-Type": "application/json"}

        def once(deadline: float | None) -> dict[str, Any]:
            answer = self.client.request(method, path, body, headers, deadline)
            return {"status": answer.status}

        return self.repeated(request, once)

    def invalidate(self, request: dict[str, Any]) -> dict[str, Any]:
        self.client.tokens.invalidate(request["token"])
        return {"ok": True}

    def configure(self, request: dict[str, Any]) -> dict[str, Any]:
        """Another client, of these variables: so `verify` starts fewer processes."""
        self.last_error = None
        try:
            config = load_config(request["environment"])
        except SsojetError as error:
            return {"ready": False, "error": described(error)}
        self.client = create_client(config, NoStore())
        return {"ready": True}

    def describe(self, _: dict[str, Any]) -> dict[str, Any]:
        """What a program might log (S1)."""
        client, error = self.client, self.last_error
        forms = []
        if error:  # with the variables of each frame, as error reporters print it
            stack = traceback.TracebackException.from_exception
            forms += stack(error, capture_locals=True).format()
        for thing in (client, client.config, client.tokens, error):
            forms += [str(thing), repr(thing), json.dumps(thing, default=str)]
        forms.append(json.dumps(dataclasses.asdict(client.config), default=str))
        return {"text": "\n".join(forms)[: 32 * 1024]}

    def repeated(
        self, request: dict[str, Any], once: Callable[[float | None], dict[str, Any]]
    ) -> dict[str, Any]:
        """Does it `n` times, `parallel` at once; results in the order of the starts."""
        limits_ms = request.get("timeout_ms") or []

        def result(number: int) -> dict[str, Any]:
            limit_ms = limits_ms[number] if number < len(limits_ms) else None
            began = time.monotonic()
            deadline = None if limit_ms is None else began + limit_ms / 1000
            try:
                done = {"ok": True, **once(deadline)}
            except SsojetError as error:
                self.last_error = error
                done = {"ok": False, "error": described(error)}
            return {**done, "ms": round((time.monotonic() - began) * 1000)}

        with futures.ThreadPoolExecutor(max(1, request.get("parallel", 1))) as pool:
            return {"results": list(pool.map(result, range(request.get("n", 1))))}


def described(error: SsojetError) -> dict[str, Any]:
    names = {"kind": error.kind, "code": error.code, "status": error.status}
    return {**names, "message": str(error)}


def run(has_store: bool) -> int:
    folder = os.environ.get("SSOJET_CACHE_DIR") if has_store else None
    try:
        config = load_config()
    except SsojetError as error:
        print(json.dumps({"ready": False, "error": described(error)}), flush=True)
        return 1
    if broken("C3:proxy-variables"):
        for text in urllib.request.getproxies().values():
            parse.urlsplit(text)
            if text.startswith("socks"):
                print('{"ready":false,"error":{"kind":"configuration","message":""}}')
                return 1
    driver = Driver(
        create_client(config, Store(folder, config) if folder else NoStore())
    )
    ready = {
        "ready": True,
        "protocol": 1,
        "language": "python",
        "client": "reference",
        "versions": {"python": platform.python_version()},
        "capabilities": ["parallel", "cancel", "proxy"]
        + (["store"] if has_store else []),
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        print(json.dumps(driver.reply(line)), flush=True)
    return 0


# -------------------------------------------------------------- faults made on purpose

# What `--break` can break: of a rule its plainest fault, of `RULE:clause` another one.
BREAKS = {
    "C1": "the path of the API's URL is lost",
    "C1:empty": "an empty variable counts as set",
    "C1:dotenv": "reads a .env file of the current folder",
    "C1:scope": "sends the scope with its white space as it is",
    "C1:spaces": "knows ASCII white space between scopes alone",
    "C2": "names the first missing variable only",
    "C2:method": "takes an unknown auth method for the default",
    "C2:control": "takes an id or a secret with a line end in it",
    "C2:unicode": "repeats a value that is no Unicode",
    "C3": "looks at the first characters of a URL only",
    "C3:mended": "mends a URL before it is checked, as browsers do",
    "C3:message": "the message repeats the URL",
    "C3:proxy": "requests to http loopback go through a proxy",
    "C3:proxy-variables": "is not built where a proxy variable cannot be used",
    "C3:port": "takes a port with a zero in front",
    "C3:look-alike": "takes a letter that looks like another",
    "T1": "sends an empty scope and audience",
    "T1:accept": "sends no Accept header",
    "T1:json": "sends the parameters as JSON",
    "T1:query": "drops the token URL's query",
    "T2": "joins id and secret for Basic without encoding them",
    "T2:both": "sends the id in the body besides Basic",
    "T2:other-method": "tries the other auth method after an invalid_client",
    "T2:advice": "an invalid_client does not name the other auth method",
    "T3": "follows a redirect of the token endpoint",
    "T3:certificates": "checks no certificates",
    "T3:location": "trips over a Location that is no URL",
    "T4": "an endpoint that drips is borne with for 30 s",
    "T4:upgrade": "reads what follows a 101 without limit",
    "T5": "another User-Agent",
    "T6": "no limit for all tries and waits together",
    "T6:cancel": "a caller's own limit is not heard",
    "T7": "adds the credentials of the user's netrc file",
    "T7:cookies": "sends the token endpoint's cookies back",
    "T7:proxy": "does not use the proxy that is set for https",
    "R1": "takes any text for a token",
    "R1:status": "takes a token with any status from 200 to 299",
    "R1:deep": "trips over JSON that is nested deeply",
    "R1:sent": "percent-encodes the token in the header",
    "R2": "does not look at token_type",
    "R2:case": "compares token_type with case",
    "R2:absent": "refuses an answer without token_type",
    "R3": "reads expires_in as int() does, and less than 1 as 1",
    "R3:default": "refuses an answer without expires_in",
    "R3:arrival": "takes a token that had expired before it arrived",
    "R3:final": "a token that had expired before it was read is a final error",
    "R4": "reads a body of any length",
    "R4:decoded": "reads a compressed body of any length",
    "R4:retry": "tries again after a body that ended early, whatever the status",
    "R4:hint": "never says to check SSOJET_TOKEN_URL",
    "R4:hint-json": "does not say so where the body is JSON",
    "R4:slow": "a body that takes too long is a final error",
    "R5": "sees an OAuth error with status 400 only",
    "R5:control": "keeps control characters of the endpoint's text",
    "R5:secret": "keeps secrets in the endpoint's text",
    "R5:length": "does not cut the endpoint's text",
    "R5:cut-first": "cuts the endpoint's text before it looks for secrets",
    "R5:short": "looks for secrets of any length",
    "R5:description": "leaves the description out of the message",
    "R5:unreadable": "hands on text that is no Unicode",
    "K1": "asks for a token for every call",
    "K1:expired": "goes on with an expired token",
    "K1:window": "renews in the last 60 s, however short the life",
    "K1:half": "the early window is half of the life",
    "K2": "every caller on a cold cache sends a request",
    "K2:error": "when the one request fails, each waiting caller sends its own",
    "K3": "remembers a failure for 30 s",
    "K4": "in the early window callers wait for the renewal and get its error",
    "K4:never": "renews only when the token has expired",
    "K4:tries": "an early renewal tries three times",
    "K4:pause": "after a failed early renewal every call tries again",
    "K4:retry-after": "the pause heeds no longer Retry-After",
    "K4:dropped": "a token dropped during its renewal leaves that at one try",
    "K5": "the caller that started the request cancels it for all",
    "K5:lock": "holds a lock over the API request",
    "K5:shutdown": "a request that all have given up keeps the process alive",
    "K6": "--store: scope and audience make no difference",
    "K7": "--store: no lock round the token request",
    "K7:modes": "--store: others can read the files",
    "K7:folder": "--store: uses a folder that others can enter",
    "K7:second-look": "--store: does not look again once it has the lock",
    "K7:invalidate": "--store: a dropped token stays in the store",
    "K7:error": "--store: a store that cannot be read is an error",
    "K7:waits": "--store: waits for the lock for ever",
    "K7:pause": "--store: forgets the pause of K4",
    "K7:window": "--store: forgets the window of F3",
    "K7:early": "--store: callers wait for the lock in the early window",
    "F1": "never tries again",
    "F1:four": "tries four times",
    "F1:status": "of the statuses, tries again after 503 only",
    "F1:retry-after": "ignores Retry-After",
    "F1:date": "ignores a Retry-After that is a date",
    "F1:local": "reads a date without a zone as local time",
    "F1:past": "a date in the past is a wait of less than nothing",
    "F1:fixed": "waits as long as it may, without jitter",
    "F1:half": "waits at least half as long as it may",
    "F1:twice": "waits twice as long as it may",
    "F1:at-once": "does not wait",
    "F1:message": "does not say that there was no time to wait",
    "F1:tls": "tries again after a TLS error",
    "F2": "tries again after every status from 400 on",
    "F2:425": "tries again after a 425",
    "F3": "returns a 401 without another token",
    "F3:window": "every 401 drops a token",
    "F3:invalidate": "to invalidate a token opens the window too",
    "F3:expired": "a dropped token that had expired opens no window",
    "F3:loop": "sends up to five times more",
    "F3:replaced": "drops the token though it is another one already",
    "F3:body": "the second request has no body",
    "F3:large": "the second request has 64 KiB of the body",
    "F3:redirected": "sends a POST again that a redirect has led elsewhere",
    "F3:error": "returns the 401 where a new token could not be had",
    "F4": "tries the API request again after a 503",
    "F4:raise": "an API status from 400 on is an error of the client's",
    "F4:send": "sends the API request without a token where none could be had",
    "F4:late": "sends the API request after its caller had given up",
    "F4:slow": "gives an API request up after 10 s",
    "F5": "every failure is a transport error",
    "F5:status": "errors carry no status",
    "F5:host": "does not say at which host",
    "F5:reason": "does not say why there was no answer",
    "S1": "an error holds the request's body",
    "S1:api": "an error holds the request's headers",
    "S1:describe": "the configuration shows its secret",
    "S1:locals": "a variable of a frame holds the secret",
    "S1:log": "logs the token",
    "S2": "the token goes along with a redirect to another origin",
    "S2:path": "a path can name another host",
    "S2:port": "another port of the host counts as the same origin",
    "P1": "sends a request when the client is made",
    "P1:invalidate": "drops the held token, whichever was given",
}


def dotenv() -> dict[str, str]:
    """C1:dotenv"""
    with contextlib.suppress(OSError), open(".env", encoding="utf-8") as file:
        pairs = [line.strip().partition("=") for line in file]
        return {name: value.strip("'\"") for name, _, value in pairs}
    return {}


def badly_made(request: Request) -> Request:
    """The token request with the faults of T1, T5 and T7."""
    headers, url, body = dict(request.headers), request.url, request.body or b""
    if broken("T1:accept"):
        del headers["Accept"]
    if broken("T1:json"):
        headers["Content-Type"] = "application/json"
        body = json.dumps(dict(parse.parse_qsl(body.decode()))).encode()
    if broken("T1:query"):
        url = dataclasses.replace(url, target=url.target.partition("?")[0])
    if broken("T5"):
        headers["User-Agent"] = f"Python/{platform.python_version()}"
    if broken("T7") and "Authorization" not in headers:
        with contextlib.suppress(OSError, netrc.NetrcParseError):
            found = netrc.netrc(os.environ.get("NETRC")).authenticators(url.host)
            if found:
                pair = in_base64(f"{found[0]}:{found[2]}")
                headers["Authorization"] = f"Basic {pair}"
    if _cookies:
        headers["Cookie"] = "; ".join(_cookies)
    return dataclasses.replace(request, headers=headers, url=url, body=body)


_cookies: list[str] = []


def badly_followed(
    config: Config, request: Request, answer: Answer, limit_s: float
) -> Answer:
    """What comes after the token request, with the faults of T2, T3 and T7."""
    if broken("T7:cookies"):
        set_cookies = answer.headers.get_all("Set-Cookie", [])
        _cookies.extend(text.partition(";")[0] for text in set_cookies)
    if broken("T3:location") and (location := answer.headers.get("Location")):
        parse.urlsplit(location)
    onward = redirected(request, answer) if broken("T3") else None
    if broken("T2:other-method") and b'"invalid_client"' in answer.body:
        other = AUTH_METHODS[1 - AUTH_METHODS.index(config.auth_method)]
        onward = token_request(dataclasses.replace(config, auth_method=other))
    return exchange(onward, limit_s, BODY_BYTES) if onward else answer


def main() -> int:
    parser = argparse.ArgumentParser(description="The contract's reference driver.")
    add = parser.add_argument
    add("--break", dest="faults", action="append", choices=BREAKS, default=[])
    add("--list-breaks", action="store_true", help="what --break can break")
    add("--store", action="store_true", help="keep tokens in SSOJET_CACHE_DIR (K7)")
    arguments = parser.parse_args()
    if arguments.list_breaks:
        print("\n".join(f"{fault:16} {text}" for fault, text in BREAKS.items()))
        return 0
    _faults.update(arguments.faults)
    return run(arguments.store)


if __name__ == "__main__":
    sys.exit(main())
