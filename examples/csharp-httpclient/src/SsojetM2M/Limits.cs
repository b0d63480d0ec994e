namespace SsojetM2M;

// Every limit of this client. The code is yours: change them here.
internal static class Limits
{
    public const string UserAgent = "ssojet-m2m-csharp/2.0.0";

    // All tries, the waits between them and the secret's function.
    public static readonly TimeSpan GettingToken = TimeSpan.FromSeconds(30);

    // One try, to the last byte of the answer. The secret's function has as long.
    public static readonly TimeSpan TokenRequest = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(5);

    // A random part of these is waited before the second and the third token request.
    public static readonly TimeSpan[] RetryWaits = [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)];

    public static readonly int[] RetriedStatuses = [408, 429, 500, 502, 503, 504];

    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromSeconds(300);
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    // A token is renewed in its last minute, or in its last tenth if that is less.
    public static readonly TimeSpan EarlyWindow = TimeSpan.FromSeconds(60);
    public const double EarlyWindowShare = 0.1;

    // After an early renewal that failed, none is tried for this long.
    public static readonly TimeSpan RenewalPause = TimeSpan.FromSeconds(30);

    // At most one token is dropped for a 401 in this time.
    public static readonly TimeSpan BetweenDrops = TimeSpan.FromSeconds(30);

    public const int MaxTokenResponseBytes = 1024 * 1024;

    // What of the token endpoint's words stands in an error.
    public const int MaxCarriedTextLength = 256;

    // A shorter one would be found everywhere.
    public const int ShortestSecretLookedFor = 8;
}
