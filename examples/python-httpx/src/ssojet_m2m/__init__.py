"""Calls an API that SSOJet protects, by the OAuth 2.0 client-credentials grant.

>>> with ApiClient(Config.from_env()) as api:
...     response = api.get("/orders")
...     token = api.tokens.get_token()
...     api.tokens.invalidate(token)

>>> async with AsyncApiClient(Config.from_env()) as api:
...     response = await api.get("/orders")
...     token = await api.get_token()
"""

from .clients import ApiClient, AsyncApiClient, BearerAuth
from .config import Config
from .errors import (
    ConfigurationError,
    OAuthError,
    ProtocolError,
    SsojetError,
    TransportError,
)
from .secret import Secret
from .token_provider import TokenProvider

__all__ = [
    "ApiClient",
    "AsyncApiClient",
    "BearerAuth",
    "Config",
    "ConfigurationError",
    "OAuthError",
    "ProtocolError",
    "Secret",
    "SsojetError",
    "TokenProvider",
    "TransportError",
]
