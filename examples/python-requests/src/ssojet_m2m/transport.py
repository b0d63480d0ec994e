"""Sends the token request by Requests."""

from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from . import limits
from .config import Config
from .secret import Secret
from .token_request import Clock, build_token_request, parse_token_response, read_body

#: These errors may not come again with the next try.
RETRYABLE = (requests.ConnectionError, requests.Timeout, HTTPError, TimeoutError)


def request_token(
    config: Config, secret: Secret, limit_s: float, clock: Clock
) -> tuple[Secret, int]:
    """Asks the token endpoint once, by a session of its own."""
    ends_at = clock() + limit_s
    form, headers = build_token_request(config, secret)
    with requests.Session() as session:
        # Of the environment https takes the proxy and the CA bundle. Plain http is for
        # this machine alone, and never goes through a proxy.
        session.trust_env = config.token_url.lower().startswith("https:")
        with session.post(
            config.token_url,
            data=form,
            headers=headers,
            auth=lambda request: request,  # else Requests looks into netrc
            hooks={"response": _drop_location},
            timeout=(min(limits.CONNECT_S, limit_s), limit_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read_body(response, ends_at, clock)
    status, headers_got = response.status_code, response.headers
    return parse_token_response(config, secret, status, headers_got, body)


def _read_body(
    response: requests.Response, ends_at: float, clock: Clock
) -> bytes | None:
    # `iter_content` would wait until a piece is full, however slowly that goes.
    pieces = iter(lambda: response.raw.read1(2**16, decode_content=True), b"")
    try:
        return read_body(pieces, ends_at, clock)
    except HTTPError as error:
        if isinstance(error, ReadTimeoutError):
            raise
        return None  # the server has ended it early


def _drop_location(response: requests.Response, **_: Any) -> None:
    """Requests looks at a redirect's target even where it does not follow it."""
    response.headers.pop("Location", None)
