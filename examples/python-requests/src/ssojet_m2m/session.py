"""A session of requests that authorises itself."""

from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Request, Response, Session
from requests.auth import AuthBase
from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from .config import Config
from .token_provider import TokenProvider


class BearerAuth(AuthBase):
    """Adds the bearer token to requests for the API's origin, and to no others.

    A request that the API answers with 401 is sent once more with another token.
    `ApiSession` also keeps the token out of redirects and of the errors of requests.
    """

    def __init__(self, tokens: TokenProvider, api_url: str) -> None:
        self._tokens = tokens
        self._origin = urlsplit(api_url.lower())[:2]

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Leaves a request alone that has an `Authorization` of its own."""
        if "Authorization" not in request.headers:
            request.register_hook("response", self.handle_response)
            self.authorise(request)
        return request

    def authorise(self, request: PreparedRequest) -> None:
        """Adds the token, or takes it away if the request is not for the API."""
        request.headers.pop("Authorization", None)
        if self._is_for_api(request):
            request.headers["Authorization"] = f"Bearer {self._tokens.get_token()}"

    def handle_response(self, response: Response, **options: Any) -> Response:
        """Sends a request once more that the API has answered with 401."""
        request = response.request
        token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        is_refused = response.status_code == 401 and self._is_for_api(request)
        if is_refused and self._tokens.refused(token, _is_rewound(request)):
            response.close()
            self.authorise(request)
            refusal, response = response, response.connection.send(request, **options)
            response.history.append(refusal)
        return response

    def _is_for_api(self, request: PreparedRequest) -> bool:
        """Compares text: an origin that is spelled otherwise is another one."""
        return urlsplit(str(request.url).lower())[:2] == self._origin


class ApiSession(Session):
    """A session for the API: `session.get("/orders")`.

    A path is appended to the API's URL. A whole URL is taken as it is; the token goes
    along only if it has the API's origin.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.tokens = TokenProvider(config)
        self._api_url = config.api_url.rstrip("/")
        self.auth = self._bearer = BearerAuth(self.tokens, config.api_url)

    def prepare_request(self, request: Request) -> PreparedRequest:
        """Makes a path a URL of the API."""
        url = str(request.url)
        if not url.lower().startswith(("http://", "https://")):
            request.url = f"{self._api_url}/{url.lstrip('/')}"
        return super().prepare_request(request)

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Sends one request; requests also sends each hop of a redirect by this."""
        if str(request.url).lower().startswith("http:"):
            kwargs["proxies"] = {}  # plain http is for this machine alone
        if self._bearer.handle_response not in request.hooks["response"]:
            return super().send(request, **kwargs)
        self._bearer.authorise(request)
        try:
            return super().send(request, **kwargs)
        finally:
            # Responses and errors of requests keep the request.
            request.headers.pop("Authorization", None)


def _is_rewound(request: PreparedRequest) -> bool:
    """Whether the body can be sent again, as far as requests can tell."""
    try:
        if request.body is not None and not isinstance(request.body, (bytes, str)):
            rewind_body(request)
    except UnrewindableBodyError:
        return False
    return True
