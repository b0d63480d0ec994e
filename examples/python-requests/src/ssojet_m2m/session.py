"""A session of Requests that authorises itself."""

from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Request, RequestException, Response, Session
from requests.auth import AuthBase
from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from . import limits
from .config import Config
from .token_provider import TokenProvider


class BearerAuth(AuthBase):
    """Adds the bearer token to requests for the API's origin, and to no others.

    A request that the API answers with 401 is sent once more with another token.
    """

    def __init__(self, tokens: TokenProvider, api_url: str) -> None:
        self._tokens = tokens
        self._origin = _origin(api_url)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Requests calls this once for each request, but not for a redirect of it."""
        if "Authorization" not in request.headers:  # else it is the caller's own
            hook = partial(self._handle_response, asked_url=str(request.url))
            request.register_hook("response", hook)
            self.authorize(request)
        return request

    def has_prepared(self, request: PreparedRequest) -> bool:
        """Whether the `Authorization` of this request is ours."""
        hooks = request.hooks["response"]
        return any(getattr(h, "func", None) == self._handle_response for h in hooks)

    def authorize(self, request: PreparedRequest) -> None:
        """Adds the token that is good now, or takes it away if the API is elsewhere."""
        if self._is_for_api(request):
            request.headers["Authorization"] = f"Bearer {self._tokens.get_token()}"
        elif _bearer_token(request):
            del request.headers["Authorization"]

    def _handle_response(
        self, response: Response, asked_url: str, **options: Any
    ) -> Response:
        request = response.request
        is_refused = response.status_code == 401 and self._is_for_api(request)
        if not is_refused or not _bearer_token(request):
            return response
        another = self._tokens.handle_unauthorized(_bearer_token(request))
        # Behind a redirect it is unknown what has been done already.
        is_safe = request.method in ("GET", "HEAD") or request.url == asked_url
        if another is None or not is_safe or not _rewind(request):
            return response
        if not options.get("stream"):
            with suppress(RequestException):
                _ = response.content  # reads it, so that the history can be looked at
        response.close()
        again = request.copy()
        again.headers["Authorization"] = f"Bearer {self._tokens.wait_for(another)}"
        answer: Response = response.connection.send(again, **options)
        answer.history.append(response)
        return answer

    def _is_for_api(self, request: PreparedRequest) -> bool:
        return _origin(str(request.url)) == self._origin


class ApiSession(Session):
    """A session for the API: `session.get("/orders")`.

    A path is appended to the API's URL. A whole URL is taken as it is; the token goes
    along only if it has the API's origin.
    """

    def __init__(self, config: Config, *, tokens: TokenProvider | None = None) -> None:
        super().__init__()
        config.check()
        self.tokens = tokens or TokenProvider(config)
        self.auth = self._bearer = BearerAuth(self.tokens, config.api_url)
        self._api_url = config.api_url.rstrip("/")
        # Plain http is for this machine alone, and never goes through a proxy.
        self.trust_env = config.api_url.lower().startswith("https:")

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Waits for an answer at most `limits.API_S`, unless `timeout` is given."""
        kwargs.setdefault("timeout", limits.API_S)
        return super().request(*args, **kwargs)

    def prepare_request(self, request: Request) -> PreparedRequest:
        """Makes a path a URL of the API."""
        url = str(request.url)
        if not url.lower().startswith(("http://", "https://")):
            request.url = f"{self._api_url}/{url.lstrip('/')}"
        return super().prepare_request(request)

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Sends one request; Requests also sends each hop of a redirect by this."""
        kwargs.setdefault("timeout", limits.API_S)
        if self._bearer.has_prepared(request):
            self._bearer.authorize(request)
        return super().send(request, **kwargs)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default_port = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default_port


def _bearer_token(request: PreparedRequest) -> str:
    """Gives the token that a request carries, or nothing."""
    scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
    return token if scheme == "Bearer" else ""


def _rewind(request: PreparedRequest) -> bool:
    """Makes the body ready to be sent again, as far as Requests can."""
    with suppress(UnrewindableBodyError):
        if request.body is not None and not isinstance(request.body, (bytes, str)):
            rewind_body(request)
        return True
    return False
