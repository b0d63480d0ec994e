using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsojetM2M;

[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class TokenResponseJson : JsonSerializerContext;

// One token request: builds it, sends it and judges the response. Every failure comes out as our own error.
internal sealed class TokenEndpoint(SsojetOptions options, IHttpClientFactory httpClientFactory, TimeProvider clock)
{
    private readonly Uri _url = new(options.EffectiveTokenUrl);

    public string Host => _url.Host;

    public async Task<string> GetSecretAsync(CancellationToken limit)
    {
        if (options.ClientSecretProvider is not { } provider)
            return options.ClientSecret!;
        string? secret;
        try
        {
            secret = await RunWithinAsync(provider, limit).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            string how = limit.IsCancellationRequested ? "did not return in time" : "failed";
            throw new SsojetException(SsojetErrorKind.Configuration, $"ClientSecretProvider {how}.", error);
        }
        string? problem = SsojetOptionsValidator.FindCredentialProblem(secret);
        return problem is null ? secret : throw new SsojetException(SsojetErrorKind.Configuration, $"ClientSecretProvider's secret {problem}.");
    }

    public async Task<(string Token, TimeSpan Lifetime)> RequestTokenAsync(string secret, CancellationToken limit)
    {
        try
        {
            return await RunWithinAsync(limit => SendAsync(secret, limit), limit).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not SsojetException)
        {
            throw DescribeFailure(error);
        }
    }

    public SsojetException DescribeNoAnswer(string reason, bool isTransient) =>
        new(SsojetErrorKind.Transport, $"No answer from the token endpoint at {Host}: {reason}.") { IsTransient = isTransient };

    // On a thread of the pool: what blocks or ignores its token does not outlast the limit.
    private static Task<T> RunWithinAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken limit)
    {
        Task<T> running = Task.Run(() => work(limit), limit);
        // Looked at: where it fails after the limit, it is no unobserved error.
        _ = running.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return running.WaitAsync(limit);
    }

    private async Task<(string Token, TimeSpan Lifetime)> SendAsync(string secret, CancellationToken limit)
    {
        using HttpClient client = httpClientFactory.CreateClient(SsojetOptions.TokenHttpClientName);
        using HttpRequestMessage request = BuildTokenRequest(secret);
        // The head first: where the body is too long or cut short, the status still counts.
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit).ConfigureAwait(false);
        try
        {
            await response.Content.LoadIntoBufferAsync(Limits.MaxTokenResponseBytes, limit).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            bool isTooLong = error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded;
            throw DescribeAnswer(response, isTooLong ? "a body of more than 1 MiB" : "a body that ended early");
        }
        byte[] body = await response.Content.ReadAsByteArrayAsync(limit).ConfigureAwait(false);
        return ParseTokenResponse(response, body, secret);
    }

    private HttpRequestMessage BuildTokenRequest(string secret)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
        var request = new HttpRequestMessage(HttpMethod.Post, _url);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.UserAgent.ParseAdd(Limits.UserAgent);
        if (options.UsesBasic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", BuildBasicValue(secret));
        }
        else
        {
            form["client_id"] = options.ClientId!;
            form["client_secret"] = secret;
        }
        string[] scopes = (options.Scope ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Length > 0)
            form["scope"] = string.Join(' ', scopes);
        if (!string.IsNullOrEmpty(options.Audience))
            form["audience"] = options.Audience;
        request.Content = new FormUrlEncodedContent(form);
        return request;
    }

    // RFC 6749 section 2.3.1: id and secret are form-urlencoded before they are joined.
    private string BuildBasicValue(string secret) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(options.ClientId!)}:{Uri.EscapeDataString(secret)}"));

    private (string Token, TimeSpan Lifetime) ParseTokenResponse(HttpResponseMessage response, byte[] body, string secret)
    {
        Dictionary<string, JsonElement>? members = ParseJsonObject(body);
        string? token = GetText(members, "access_token");
        string? GetCleanText(string name) => CleanText(GetText(members, name), secret, token);

        if (!string.IsNullOrEmpty(GetText(members, "error")))
            throw DescribeAnswer(response, "an OAuth error", GetCleanText("error"), GetCleanText("error_description"), GetCleanText("error_uri"));
        if (response.StatusCode != HttpStatusCode.OK || members is null)
            throw DescribeAnswer(response, "neither a token nor an OAuth error");
        if (string.IsNullOrEmpty(token) || token.Any(static character => character is <= ' ' or > '~'))
            throw DescribeAnswer(response, "an access_token that is missing or not visible ASCII");
        bool isBearer = string.Equals(GetText(members, "token_type"), "Bearer", StringComparison.OrdinalIgnoreCase);
        if (!isBearer && !IsAbsent(members, "token_type"))
            throw DescribeAnswer(response, $"a token_type that is not Bearer: {GetCleanText("token_type")}");
        if (GetLifetime(members) is not { } lifetime)
            throw DescribeAnswer(response, "an expires_in that is no number of seconds from 1");
        return (token, lifetime);
    }

    private static Dictionary<string, JsonElement>? ParseJsonObject(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, TokenResponseJson.Default.DictionaryStringJsonElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsAbsent(Dictionary<string, JsonElement> members, string name) =>
        members.GetValueOrDefault(name).ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    private static string? GetText(Dictionary<string, JsonElement>? members, string name)
    {
        try
        {
            return members?.GetValueOrDefault(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // not valid Unicode, which the parser does not look at
        }
    }

    private static TimeSpan? GetLifetime(Dictionary<string, JsonElement> members)
    {
        if (IsAbsent(members, "expires_in"))
            return Limits.DefaultLifetime;
        double seconds = 0;
        if (members["expires_in"].ValueKind == JsonValueKind.Number)
            seconds = Math.Floor(members["expires_in"].GetDouble());
        else if (GetText(members, "expires_in") is { Length: > 0 } text && text.All(char.IsAsciiDigit))
            seconds = double.Parse(text, CultureInfo.InvariantCulture);
        return seconds < 1 ? null : TimeSpan.FromSeconds(Math.Min(seconds, Limits.LongestLifetime.TotalSeconds));
    }

    // A text of the server's, fit for a message: no control characters, no secret, not long.
    private string? CleanText(string? text, string secret, string? token)
    {
        if (text is null)
            return null;
        string clean = string.Concat(text.Where(static character => !char.IsControl(character)));
        string escaped = Uri.EscapeDataString(secret);
        string?[] secrets = [secret, escaped, escaped.Replace("%20", "+", StringComparison.Ordinal), BuildBasicValue(secret), token];
        bool showsSecret = secrets.Any(value => value?.Length >= Limits.ShortestSecretLookedFor && clean.Contains(value, StringComparison.Ordinal));
        return showsSecret ? "[removed]" : clean[..Math.Min(clean.Length, Limits.MaxCarriedTextLength)];
    }

    private SsojetException DescribeAnswer(HttpResponseMessage response, string what, string? code = null, string? description = null, string? uri = null)
    {
        int status = (int)response.StatusCode;
        bool isRetried = Limits.RetriedStatuses.Contains(status);
        SsojetErrorKind kindWithoutCode = isRetried ? SsojetErrorKind.Transport : SsojetErrorKind.Protocol;
        bool isHtml = response.Content.Headers.ContentType?.MediaType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true;
        bool isOtherEndpoint = (isHtml && status < 500) || status is (>= 300 and < 400) or 404 or 405 or 415;
        string details = string.Join(": ", new[] { what, code, description }.OfType<string>());
        string message = $"The token endpoint at {Host} answered {status} with {details}.";
        if (code == "invalid_client")
            message += $" Check the id, the secret, and whether SSOJET_AUTH_METHOD should be client_secret_{(options.UsesBasic ? "post" : "basic")}.";
        if (isOtherEndpoint)
            message += " Check SSOJET_TOKEN_URL.";
        return new SsojetException(code is null ? kindWithoutCode : SsojetErrorKind.OAuth, message)
        {
            StatusCode = response.StatusCode,
            IsTransient = isRetried,
            RetryAfter = GetRetryAfter(response.Headers.RetryAfter),
            Error = code,
            ErrorDescription = description,
            ErrorUri = uri,
        };
    }

    private TimeSpan? GetRetryAfter(RetryConditionHeaderValue? header)
    {
        if (header?.Date is not { } date)
            return header?.Delta;
        TimeSpan wait = date - clock.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    // By classes and codes: the library's texts may show a proxy's password or what the server sent.
    public SsojetException DescribeFailure(Exception error)
    {
        (string reason, bool isTransient) = error switch
        {
            OperationCanceledException => ("it did not answer in time", true),
            // A connection that is cut during the handshake has another inner error.
            HttpRequestException { InnerException: AuthenticationException tls } => ($"TLS, {tls.GetBaseException().Message.TrimEnd('.')}", false),
            HttpRequestException { InnerException: SocketException socket } => (socket.SocketErrorCode.ToString(), true), // HostNotFound, ConnectionRefused
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } proxy => ($"the proxy answered {(int?)proxy.StatusCode}", true),
            HttpRequestException { HttpRequestError: HttpRequestError.Unknown } or IOException => ("the connection broke", true),
            HttpRequestException { HttpRequestError: var kind } => (kind.ToString(), true), // ResponseEnded, InvalidResponse
            _ => (error.GetType().Name, false), // a mistake in an owner's handler or stub
        };
        return DescribeNoAnswer(reason, isTransient);
    }
}
