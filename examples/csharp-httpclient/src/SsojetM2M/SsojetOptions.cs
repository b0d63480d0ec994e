using System.Diagnostics;
using System.Net;
using System.Runtime.Serialization;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace SsojetM2M;

/// <summary>One identity: how it gets its tokens, and the API that they are for. README.md has a table.</summary>
public sealed class SsojetOptions
{
    /// <summary>The name of the <see cref="HttpClient"/> that sends token requests.</summary>
    public const string TokenHttpClientName = "SsojetM2M.Token";

    public string? ClientId { get; set; }

    // Left out by serializers (Newtonsoft's too) and debuggers.
    [JsonIgnore, IgnoreDataMember, DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ClientSecret { get; set; }

    /// <summary>Instead of <see cref="ClientSecret"/>: called for each token request.</summary>
    [JsonIgnore, IgnoreDataMember]
    public Func<CancellationToken, Task<string>>? ClientSecretProvider { get; set; }

    public string? ApiUrl { get; set; }

    public string? TokenUrl { get; set; }

    public string? Scope { get; set; }

    public string? Audience { get; set; }

    public string? AuthMethod { get; set; }

    internal bool IsEnvironmentRead { get; private set; }

    internal string EffectiveTokenUrl => string.IsNullOrEmpty(TokenUrl) ? "https://api.ssojet.com/oauth/token" : TokenUrl;

    /// <summary>With a slash at its end, or <see cref="HttpClient"/> would drop the last part of its path.</summary>
    internal Uri ApiBaseAddress => new(ApiUrl!.TrimEnd('/') + "/");

    internal bool UsesBasic => AuthMethod == "client_secret_basic";

    /// <summary>Fills in what is not set from the <c>SSOJET_</c> variables of the environment.</summary>
    public void ReadEnvironment()
    {
        IsEnvironmentRead = true;
        ClientId = ReadUnlessSet(ClientId, "SSOJET_CLIENT_ID");
        ClientSecret = ReadUnlessSet(ClientSecret, "SSOJET_CLIENT_SECRET");
        ApiUrl = ReadUnlessSet(ApiUrl, "SSOJET_API_URL");
        TokenUrl = ReadUnlessSet(TokenUrl, "SSOJET_TOKEN_URL");
        Scope = ReadUnlessSet(Scope, "SSOJET_SCOPE");
        Audience = ReadUnlessSet(Audience, "SSOJET_AUDIENCE");
        AuthMethod = ReadUnlessSet(AuthMethod, "SSOJET_AUTH_METHOD");
    }

    private static string? ReadUnlessSet(string? value, string variable) =>
        string.IsNullOrEmpty(value) ? Environment.GetEnvironmentVariable(variable) : value;
}

// Names everything that is missing or wrong in one error, and repeats no value.
internal sealed partial class SsojetOptionsValidator : IValidateOptions<SsojetOptions>
{
    private const string Missing = "is missing or empty";

    public ValidateOptionsResult Validate(string? name, SsojetOptions options)
    {
        bool isMethodKnown = options.AuthMethod is null or "" or "client_secret_post" or "client_secret_basic";
        (string Setting, string? Problem)[] checks =
        [
            ("ClientId (SSOJET_CLIENT_ID)", FindCredentialProblem(options.ClientId)),
            ("ClientSecret (SSOJET_CLIENT_SECRET)", options.ClientSecretProvider is null ? FindCredentialProblem(options.ClientSecret) : null),
            ("ApiUrl (SSOJET_API_URL)", FindUrlProblem(options.ApiUrl, mayHaveQuery: false)),
            ("TokenUrl (SSOJET_TOKEN_URL)", FindUrlProblem(options.EffectiveTokenUrl, mayHaveQuery: true)),
            ("Scope (SSOJET_SCOPE)", FindUnicodeProblem(options.Scope)),
            ("Audience (SSOJET_AUDIENCE)", FindUnicodeProblem(options.Audience)),
            ("AuthMethod (SSOJET_AUTH_METHOD)", isMethodKnown ? null : "must be client_secret_post or client_secret_basic"),
        ];
        string identity = string.IsNullOrEmpty(name) ? "" : $"SSOJet identity '{name}': ";
        List<string> problems = [.. checks.Where(static check => check.Problem is not null).Select(check => $"{identity}{check.Setting} {check.Problem}")];
        if (problems.Count == 0)
            return ValidateOptionsResult.Success;
        if (!options.IsEnvironmentRead && checks.Any(static check => check.Problem == Missing))
            problems.Add("the environment was not read: ReadEnvironment() fills in what code leaves open");
        return ValidateOptionsResult.Fail(problems);
    }

    internal static string? FindCredentialProblem(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return Missing;
        int position = Array.FindIndex(value.ToCharArray(), char.IsControl);
        if (position < 0)
            return FindUnicodeProblem(value);
        string lineEnd = value[position] is '\n' or '\r' ? ", a line end" : "";
        return $"has a control character in it (U+{(int)value[position]:X4}{lineEnd})";
    }

    // The runtime puts U+FFFD where a variable's bytes are no UTF-8; half a surrogate pair is sent as that.
    private static string? FindUnicodeProblem(string? value)
    {
        bool isUnicode = value is null || value.EnumerateRunes().All(static rune => rune != Rune.ReplacementChar);
        return isUnicode ? null : "is not valid Unicode";
    }

    private static string? FindUrlProblem(string? value, bool mayHaveQuery)
    {
        if (string.IsNullOrEmpty(value))
            return Missing;
        // Uri mends much silently, so the text is looked at first.
        Match shape = UrlShape().Match(value);
        bool hasForbiddenQuery = shape.Groups["query"].Success && !mayHaveQuery;
        if (!shape.Success || hasForbiddenQuery || !Uri.TryCreate(value, UriKind.Absolute, out Uri? url))
            return $"must be https://host:port/path, without white space, backslash, user name{(mayHaveQuery ? "" : ", query")} and fragment";
        // As it is written: Uri also makes "localhost" of the host "loopback".
        bool isLocalhost = shape.Groups["host"].Value.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        bool isLoopback = isLocalhost || (IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address) && IPAddress.IsLoopback(address));
        return url.Scheme == Uri.UriSchemeHttps || isLoopback ? null : "must be https, or http to localhost, 127.0.0.1 or [::1]";
    }

    [GeneratedRegex(@"\A[Hh][Tt][Tt][Pp][Ss]?://(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?(/[^#? \\\p{Cc}]*)?(?<query>\?[^# \\\p{Cc}]*)?\z")]
    private static partial Regex UrlShape();
}
