"""Clients of HTTPX that authorise themselves, without and with asyncio."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

from httpx import URL, AsyncClient, Auth, ByteStream, Client, Request, Response

from .config import Config
from .secret import Secret
from .token_provider import TokenFuture, TokenProvider, token_of

#: Marks a request whose `Authorization` is ours, should it be sent again.
_OURS = "ssojet_m2m"


class BearerAuth(Auth):
    """Adds the bearer token to requests for the API's origin, and to no others.

    A request that the API answers with 401 is sent once more with another token.
    """

    def __init__(self, tokens: TokenProvider, api_url: str) -> None:
        self._tokens = tokens
        self._origin = _origin(URL(api_url))

    def sync_auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """Sends with a token, and perhaps once more with another."""
        if not self._prepare(request):
            yield request
            return
        response = yield _authorize(request, self._tokens.get_token())
        if another := self._handle_response(response, request):
            again = _copy(response.request)
            yield _authorize(again, self._tokens.wait_for(another))

    async def async_auth_flow(
        self, request: Request
    ) -> AsyncGenerator[Request, Response]:
        """Does the same without blocking the event loop."""
        if not self._prepare(request):
            yield request
            return
        given = self._tokens.token_or_future()
        response = yield _authorize(request, await wait_for(self._tokens, given))
        if another := self._handle_response(response, request):
            again = _copy(response.request)
            yield _authorize(again, await wait_for(self._tokens, another))

    def _prepare(self, request: Request) -> bool:
        """Whether the request is to have our token; takes away one that it has."""
        if _OURS in request.extensions:
            request.headers.pop("Authorization", None)
        is_callers_own = "Authorization" in request.headers
        return not is_callers_own and _origin(request.url) == self._origin

    def _handle_response(
        self, response: Response, request: Request
    ) -> Secret | TokenFuture | None:
        """Gives what to send the last hop again with, if that is to be done."""
        last = response.request  # another one than `request` after a redirect
        is_refused = response.status_code == 401 and _origin(last.url) == self._origin
        if not is_refused or not _bearer_token(last):
            return None
        another = self._tokens.handle_unauthorized(_bearer_token(last))
        # Behind a redirect it is unknown what has been done already.
        is_safe = last.method in ("GET", "HEAD") or last.url == request.url
        return another if is_safe and _can_be_sent_again(last) else None


class ApiClient(Client):
    """A client for the API: `client.get("/orders")`.

    A path is appended to the API's URL. A whole URL is taken as it is; the token goes
    along only if it has the API's origin. Options are those of `httpx.Client`.
    """

    def __init__(
        self, config: Config, *, tokens: TokenProvider | None = None, **options: Any
    ) -> None:
        config.check()
        self.tokens = tokens or TokenProvider(config)
        auth = BearerAuth(self.tokens, config.api_url)
        options.setdefault("trust_env", _is_env_trusted(config))
        super().__init__(base_url=config.api_url, auth=auth, **options)


class AsyncApiClient(AsyncClient):
    """The same for asyncio: `await client.get("/orders")`."""

    def __init__(
        self, config: Config, *, tokens: TokenProvider | None = None, **options: Any
    ) -> None:
        config.check()
        self.tokens = tokens or TokenProvider(config)
        auth = BearerAuth(self.tokens, config.api_url)
        options.setdefault("trust_env", _is_env_trusted(config))
        super().__init__(base_url=config.api_url, auth=auth, **options)

    async def get_token(self) -> str:
        """Gives the held token, or waits for a new one; may be cancelled."""
        return await wait_for(self.tokens, self.tokens.token_or_future())


async def wait_for(tokens: TokenProvider, given: Secret | TokenFuture) -> str:
    """Does what `TokenProvider.wait_for` does, without blocking the event loop."""
    if isinstance(given, Secret):
        return given.reveal()
    try:
        async with asyncio.timeout(tokens.seconds_left(given)):
            outcome = await asyncio.wrap_future(given)
    except TimeoutError:
        outcome = tokens.give_up(given)
    return token_of(outcome)


def _is_env_trusted(config: Config) -> bool:
    """Plain http is for this machine alone, and never goes through a proxy."""
    return config.api_url.lower().startswith("https:")


def _authorize(request: Request, token: str) -> Request:
    request.headers["Authorization"] = f"Bearer {token}"
    request.extensions[_OURS] = True
    return request


def _bearer_token(request: Request) -> str:
    """Gives the token that a request carries, or nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _copy(request: Request) -> Request:
    """A request of its own, so that the first one keeps the header that was sent."""
    again = Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )
    if isinstance(request.stream, ByteStream):
        again.read()  # fills in `again.content`
    return again


def _can_be_sent_again(request: Request) -> bool:
    """Whether HTTPX would send the whole body a second time."""
    if isinstance(request.stream, ByteStream):
        return True
    parts = getattr(request.stream, "fields", None)  # multipart: files are rewound
    files = [getattr(part, "file", b"") for part in parts or ()]
    return parts is not None and all(
        isinstance(file, (bytes, str))
        or (hasattr(file, "seekable") and file.seekable())
        for file in files
    )


def _origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # the port is None if it is the default
