"""Sends the token request by HTTPX2."""

import ssl
from functools import cache

import httpx2

from . import limits
from .config import Config
from .secret import Secret
from .token_request import Clock, build_token_request, parse_token_response, read_body

#: These errors may not come again with the next try.
RETRYABLE = (httpx2.TransportError, TimeoutError)


def request_token(
    config: Config, secret: Secret, limit_s: float, clock: Clock
) -> tuple[Secret, int]:
    """Asks the token endpoint once, by a client of its own."""
    url, ends_at = config.token_url, clock() + limit_s
    form, headers = build_token_request(config, secret)
    # Of the environment https takes the proxy and the CA file. Plain http is for this
    # machine alone, and never goes through a proxy.
    is_https = url.lower().startswith("https:")
    verify = _ssl_context(is_https)
    with httpx2.Client(verify=verify, trust_env=is_https) as client:
        connect_s = min(limits.CONNECT_S, limit_s)
        client.timeout = httpx2.Timeout(limit_s, connect=connect_s)
        client.event_hooks = {"response": [_drop_location]}
        with client.stream("POST", url, data=form, headers=headers) as response:
            body = _read_body(response, ends_at, clock)
    status = response.status_code
    return parse_token_response(config, secret, status, response.headers, body)


@cache
def _ssl_context(is_https: bool) -> ssl.SSLContext:
    """Reads the certificates once, and for https only: that takes some time."""
    if is_https:
        return httpx2.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody


def _read_body(response: httpx2.Response, ends_at: float, clock: Clock) -> bytes | None:
    try:
        return read_body(response.iter_bytes(), ends_at, clock)
    except httpx2.HTTPError as error:
        if isinstance(error, httpx2.TimeoutException):
            raise
        return None  # the server has ended it early


def _drop_location(response: httpx2.Response) -> None:
    """HTTPX2 looks at a redirect's target even where it does not follow it."""
    response.headers.pop("Location", None)
