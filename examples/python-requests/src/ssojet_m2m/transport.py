"""Sends the token request by requests."""

from contextlib import suppress

from requests import Request, Session
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from . import limits
from .config import Config
from .token_request import compose, read, unreachable


def request_token(config: Config, limit_s: float) -> tuple[str, int]:
    """Asks the token endpoint once; gives the token and its life in seconds."""
    url, body = config.token_url, b""
    timeout = (min(limits.CONNECT_S, limit_s), limit_s)
    # The environment's CA file, and its proxy for https alone.
    options = Session().merge_environment_settings(url, {"http": ""}, True, None, None)
    try:
        form, headers = compose(config)
        request = Request("POST", url, headers=headers, data=form).prepare()
        # No session sends it: that adds netrc, cookies and headers, and reads the body
        # of a redirect to its end even where it does not follow it.
        with HTTPAdapter().send(request, timeout=timeout, **options) as response:
            with suppress(HTTPError):  # the server has ended the body early
                body = response.raw.read(limits.BODY_BYTES + 1, decode_content=True)
            return read(config, response.status_code, response.headers, body)
    except (OSError, HTTPError, ValueError) as error:  # those of requests are OSErrors
        failure = unreachable(error)
    raise failure  # not above: it would carry the library's error, with the secret
