"""The errors of this client. None of them holds the request, the secret or a token."""


class SsojetError(Exception):
    """No access token could be had. Every error of this client is one of these."""

    #: The HTTP status of the token endpoint's answer, if there was one.
    status: int | None = None
    #: Whether the same call may succeed later.
    retryable: bool = False
    #: For how many seconds the token endpoint asked to be left alone.
    retry_after: float | None = None


class ConfigurationError(SsojetError):
    """The settings are wrong, or the function that gives the secret failed."""


class OAuthError(SsojetError):
    """The token endpoint refused with an OAuth error (RFC 6749 section 5.2)."""

    error: str | None = None
    error_description: str | None = None
    error_uri: str | None = None


class TransportError(SsojetError):
    """The token endpoint was not reached, was too slow or is not available."""

    retryable = True


class ProtocolError(SsojetError):
    """The token endpoint's answer is not one that RFC 6749 allows."""
