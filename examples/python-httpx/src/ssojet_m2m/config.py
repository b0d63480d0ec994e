"""The settings, checked when they are made. Nothing here sends anything."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field

from .errors import ConfigurationError

AUTH_METHODS = ("client_secret_post", "client_secret_basic")
_REQUIRED = ("SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL")

# So strict that every URL parser reads the same out of what it lets through.
_URL = re.compile(
    r"(?ai)(?:https://(?:[\w-]+(?:\.[\w-]+)*|\[(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*\])"
    r"|http://(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\]))"
    r'(?::(?P<port>\d{1,5}))?(?:/[!"$->@-\[\]-~]*)?'  # visible ASCII but #, ? and \
)


@dataclass(frozen=True)
class Config:
    """The settings of one client of the token endpoint and the API that it calls."""

    client_id: str
    client_secret: InitVar[str]
    api_url: str
    token_url: str = "https://api.ssojet.com/oauth/token"
    scope: str = ""
    audience: str = ""
    auth_method: str = AUTH_METHODS[0]
    #: Gives the client secret; a function, so that nothing prints it.
    secret: Callable[[], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self, client_secret: str) -> None:
        given = (self.client_id, client_secret, self.api_url)
        if missing := [n for n, v in zip(_REQUIRED, given, strict=True) if not v]:
            raise ConfigurationError(f"missing or empty: {', '.join(missing)}")
        if self.auth_method not in AUTH_METHODS:
            raise ConfigurationError(f"SSOJET_AUTH_METHOD: {' or '.join(AUTH_METHODS)}")
        _check("SSOJET_TOKEN_URL", self.token_url.replace("?", "/"))  # a query is fine
        _check("SSOJET_API_URL", self.api_url)
        object.__setattr__(self, "secret", lambda: client_secret)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Reads `SSOJET_CLIENT_ID` and so on; an empty variable counts as absent."""
        settings = {"client_id": "", "client_secret": "", "api_url": ""}
        for name in (*settings, "token_url", "scope", "audience", "auth_method"):
            if value := environ.get(f"SSOJET_{name.upper()}"):
                settings[name] = value
        return cls(**settings)


def _check(name: str, url: str) -> None:
    """Refuses a URL without repeating it: it may hold a password."""
    match = _URL.fullmatch(url)
    if not match or not 1 <= int(match["port"] or 443) <= 65535:
        raise ConfigurationError(
            f"{name} must be a plain https URL (http to loopback only): no user info, "
            "fragment, white space or backslash, and no query in SSOJET_API_URL"
        )
