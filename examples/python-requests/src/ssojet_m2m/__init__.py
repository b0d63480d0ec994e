"""Calls an API that SSOJet protects, by the OAuth 2.0 client-credentials grant.

>>> with ApiSession(Config.from_env()) as api:
...     response = api.get("/orders")
...     token = api.tokens.get_token()
...     api.tokens.invalidate(token)
"""

from .config import Config
from .errors import (
    ConfigurationError,
    OAuthError,
    ProtocolError,
    SsojetError,
    TransportError,
)
from .secret import Secret
from .session import ApiSession, BearerAuth
from .token_provider import TokenProvider

__all__ = [
    "ApiSession",
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
