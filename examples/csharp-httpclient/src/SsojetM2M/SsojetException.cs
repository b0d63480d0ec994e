using System.Net;

namespace SsojetM2M;

public enum SsojetErrorKind
{
    Configuration,
    OAuth,

    /// <summary>No answer, none in time, or one that says "later".</summary>
    Transport,

    /// <summary>An answer that is neither a token nor an OAuth error.</summary>
    Protocol,
}

/// <summary>
/// Why there is no token. It holds no exception of <see cref="HttpClient"/>, which may show what was sent, and is no
/// <see cref="HttpRequestException"/>, or retry layers round the API request would take it for a failure of that request.
/// </summary>
public sealed class SsojetException(SsojetErrorKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public SsojetErrorKind Kind { get; } = kind;

    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The OAuth error's code.</summary>
    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }

    public string? ErrorUri { get; init; }

    public override string Message => NotRetriedBecause is null ? base.Message : $"{base.Message} {NotRetriedBecause}";

    internal string? NotRetriedBecause { get; set; }
}
