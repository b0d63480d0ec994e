"""Sends the token request by httpx."""

from contextlib import suppress

import httpx

from . import limits
from .config import Config
from .token_request import compose, read, unreachable


def request_token(config: Config, limit_s: float) -> tuple[str, int]:
    """Asks the token endpoint once; gives the token and its life in seconds."""
    url, body = config.token_url, b""
    timeout = httpx.Timeout(limit_s, connect=min(limits.CONNECT_S, limit_s))
    try:
        form, headers = compose(config)
        # It has no cookies, and of the environment the CA file and the proxy for https.
        with httpx.Client(timeout=timeout, mounts={"http://": None}) as client:
            # httpx looks at a redirect even where it does not follow it.
            client.event_hooks["response"] = [lambda r: r.headers.pop("Location", None)]
            with client.stream("POST", url, data=form, headers=headers) as response:
                with suppress(httpx.HTTPError):  # the server has ended the body early
                    body = next(response.iter_bytes(limits.BODY_BYTES + 1), b"")
                return read(config, response.status_code, response.headers, body)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        failure = unreachable(error)
    raise failure  # not above: it would carry the library's error, with the secret
