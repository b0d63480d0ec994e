"""Calls an API that SSOJet protects, by the OAuth 2.0 client-credentials grant.

>>> with ApiSession(Config.from_env()) as api:
...     response = api.get("/orders", timeout=30)
...     token = api.tokens.get_token()
...     api.tokens.invalidate(token)
"""

from .config import Config
from .errors import SsojetError
from .session import ApiSession, BearerAuth
from .token_provider import TokenProvider

__all__ = ["ApiSession", "BearerAuth", "Config", "SsojetError", "TokenProvider"]
