"""Sends the token request by HTTPX."""

import ssl
from functools import cache

import httpx

from . import limits
from .config import Config
from .secret import Secret
from .token_request import (
    Clock,
    build_token_request,
    parse_token_response,
    read_body,
    transport_error,
)

_NO_ANSWER = (
    httpx.HTTPError,
    httpx.InvalidURL,
    # Of proxy variables that HTTPX cannot use: a scheme, a missing package.
    OSError,
    ValueError,
    ImportError,
)
# Errors whose text quotes nothing that the token endpoint sent.
_QUOTABLE = (OSError, ImportError, httpx.ProxyError)


def request_token(
    config: Config, secret: Secret, limit_s: float, clock: Clock
) -> tuple[Secret, int]:
    """Asks the token endpoint once, by a client of its own."""
    url, ends_at = config.token_url, clock() + limit_s
    form, headers = build_token_request(config, secret)
    # Of the environment https takes the proxy and the CA file. Plain http is for this
    # machine alone, and never goes through a proxy.
    trust_env = url.lower().startswith("https:")
    try:
        connect_s = min(limits.CONNECT_S, limit_s)
        verify = _ssl_context(trust_env)
        with httpx.Client(verify=verify, trust_env=trust_env) as client:
            client.timeout = httpx.Timeout(limit_s, connect=connect_s)
            client.event_hooks = {"response": [_drop_location]}
            with client.stream("POST", url, data=form, headers=headers) as response:
                body = _read_body(response, ends_at, clock)
    except _NO_ANSWER as error:
        failure = transport_error(config, error, _QUOTABLE)
    else:
        return parse_token_response(
            config, secret, response.status_code, response.headers, body
        )
    raise failure  # out here, or the library's error would be its context


@cache
def _ssl_context(trust_env: bool) -> ssl.SSLContext:
    """Reads the certificates once: that takes longer than a request."""
    return httpx.create_ssl_context(trust_env=trust_env)


def _read_body(response: httpx.Response, ends_at: float, clock: Clock) -> bytes | None:
    try:
        return read_body(response.iter_bytes(), ends_at, clock)
    except httpx.HTTPError as error:
        if isinstance(error, httpx.TimeoutException):
            raise
        return None  # the server has ended it early


def _drop_location(response: httpx.Response) -> None:
    """HTTPX looks at a redirect's target even where it does not follow it."""
    response.headers.pop("Location", None)
