"""Clients of httpx that authorise themselves, for programs without and with asyncio."""

from asyncio import wrap_future
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager

from httpx import URL, AsyncClient, Auth, ByteStream, Client, Request, Response

from .config import Config
from .token_provider import TokenProvider

Flow = AsyncGenerator[Request, Response]


class BearerAuth(Auth):
    """Adds the bearer token to requests for the API's origin, and to no others.

    A request that the API answers with 401 is sent once more with another token.
    `ApiClient` and `AsyncApiClient` also show it each hop of a redirect.
    """

    def __init__(self, tokens: TokenProvider, api_url: str) -> None:
        self._tokens = tokens
        self._home = URL(api_url).join("/")

    def sync_auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """Sends with a token, and perhaps once more with another."""
        with self._begun(request) as is_ours:
            token = self._tokens.get_token() if is_ours else ""
            response = yield _with(token, request)
            if self._is_refused(response, token):
                yield _with(self._tokens.get_token(), response.request)

    async def async_auth_flow(self, request: Request) -> Flow:
        """Does the same without blocking the loop, and may be cancelled."""
        with self._begun(request) as is_ours:
            token = await wrap_future(self._tokens.claim()) if is_ours else ""
            response = yield _with(token, request)
            if self._is_refused(response, token):
                yield _with(await wrap_future(self._tokens.claim()), response.request)

    def look_at(self, hop: Request) -> None:
        """Takes the token away again where a redirect leads elsewhere."""
        if hops := hop.extensions.get("ssojet_hops"):
            hops.append(hop)
            if not self._is_for_api(hop):
                hop.headers.pop("Authorization", None)

    async def alook_at(self, hop: Request) -> None:
        """Does the same for a client of asyncio."""
        self.look_at(hop)

    @contextmanager
    def _begun(self, request: Request) -> Iterator[bool]:
        """Leaves a request alone that has an `Authorization` of its own."""
        is_ours = "Authorization" not in request.headers and self._is_for_api(request)
        hops = request.extensions["ssojet_hops"] = [request] if is_ours else []
        try:
            yield is_ours
        finally:
            while hops:  # responses and errors of httpx keep the request
                hops.pop().headers.pop("Authorization", None)

    def _is_refused(self, response: Response, token: str) -> bool:
        is_refused = response.status_code == 401 and self._is_for_api(response.request)
        can_resend = isinstance(response.request.stream, ByteStream)
        return bool(token) and is_refused and self._tokens.refused(token, can_resend)

    def _is_for_api(self, request: Request) -> bool:
        return request.url.join("/") == self._home


class ApiClient(Client):
    """A client for the API: `client.get("/orders")`.

    A path is appended to the API's URL. A whole URL is taken as it is; the token goes
    along only if it has the API's origin.
    """

    def __init__(self, config: Config) -> None:
        self.tokens = TokenProvider(config)
        auth = BearerAuth(self.tokens, config.api_url)
        # Plain http is for this machine alone, so there is no proxy for it.
        super().__init__(base_url=config.api_url, auth=auth, mounts={"http://": None})
        self.event_hooks["request"].append(auth.look_at)


class AsyncApiClient(AsyncClient):
    """The same for asyncio: `await client.get("/orders")`."""

    def __init__(self, config: Config) -> None:
        self.tokens = TokenProvider(config)
        auth = BearerAuth(self.tokens, config.api_url)
        super().__init__(base_url=config.api_url, auth=auth, mounts={"http://": None})
        self.event_hooks["request"].append(auth.alook_at)

    async def get_token(self) -> str:
        """Gives the held token, or waits for a new one; may be cancelled."""
        return await wrap_future(self.tokens.claim())


def _with(token: str, request: Request) -> Request:
    if token:
        request.headers["Authorization"] = f"Bearer {token}"
    return request
