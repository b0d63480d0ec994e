using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging;

namespace SsojetM2M;

// Puts the token on requests to the API, and sends them once more with another where the API answers 401. It stands next to the transport, and the
// token is on a copy of the request: no handler, logger or retry layer of the program sees it or can carry it to another host.
internal sealed partial class BearerTokenHandler(ITokenProvider tokens, Uri apiUrl, ILogger<BearerTokenHandler> logger, HttpMessageHandler transport)
    : DelegatingHandler(transport)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool isForApi = IsAtApiOrigin(request.RequestUri);
        if (!isForApi)
            LogSentWithoutToken(logger, request.RequestUri?.Host, apiUrl.Host);
        bool hasCallersAuthorization = request.Headers.Contains("Authorization");
        if (!isForApi || hasCallersAuthorization)
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        RequireApiPath(request.RequestUri!);

        string token = await tokens.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        HttpRequestMessage sent = CopyWithToken(request, request.RequestUri!, token);
        HttpResponseMessage response = await base.SendAsync(sent, cancellationToken).ConfigureAwait(false);
        bool isRefused = response.StatusCode == HttpStatusCode.Unauthorized;
        if (isRefused && TryFindOtherToken(request, sent, token, cancellationToken, out Task<string>? otherToken))
        {
            response.Dispose();
            token = await otherToken.WaitAsync(cancellationToken).ConfigureAwait(false);
            sent = CopyWithToken(request, sent.RequestUri!, token);
            response = await base.SendAsync(sent, cancellationToken).ConfigureAwait(false);
        }
        // As HttpClient does it: the caller's own request, as redirects have changed it. A layer that sends it again then repeats no POST that a 303 has ended.
        (request.RequestUri, request.Method, request.Content) = (sent.RequestUri, sent.Method, sent.Content);
        if (sent.Content is null)
            request.Headers.TransferEncodingChunked = sent.Headers.TransferEncodingChunked;
        response.RequestMessage = request;
        return response;
    }

    // A synchronous call would go out without a token.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A token is got asynchronously: use SendAsync.");

    /// <summary>The token to send next after a 401, or <see langword="false"/> where the 401 is the caller's.</summary>
    private bool TryFindOtherToken(
        HttpRequestMessage request, HttpRequestMessage sent, string refusedToken, CancellationToken cancellationToken, [NotNullWhen(true)] out Task<string>? token)
    {
        // The library takes Authorization off on every redirect, also one to the API itself: such a 401 says nothing about the token.
        bool wasRedirected = sent.Headers.Authorization is null;
        if (!wasRedirected)
            return tokens.TryReplace(refusedToken, out token) && CanBeSentAgain(request.Content);
        bool isSafe = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
        token = isSafe && IsAtApiOrigin(sent.RequestUri) ? tokens.GetTokenAsync(cancellationToken) : null;
        return token is not null;
    }

    private static HttpRequestMessage CopyWithToken(HttpRequestMessage request, Uri url, string token)
    {
        var copy = new HttpRequestMessage(request.Method, url) { Content = request.Content, Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach ((string name, HeaderStringValues values) in request.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(name, values);
        foreach ((string key, object? value) in request.Options)
            copy.Options.Set(new HttpRequestOptionsKey<object?>(key), value);
        copy.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return copy;
    }

    private bool IsAtApiOrigin(Uri? url) =>
        url is { IsAbsoluteUri: true } && url.Scheme == apiUrl.Scheme && url.IdnHost == apiUrl.IdnHost && url.Port == apiUrl.Port;

    // HttpClient resolves "/orders" against the API's host and drops the path of the API's URL.
    private void RequireApiPath(Uri url)
    {
        const string Problem = "The request's path is outside of that of ApiUrl (SSOJET_API_URL). Write \"orders\", not \"/orders\".";
        bool isInside = $"{url.AbsolutePath}/".StartsWith(apiUrl.AbsolutePath, StringComparison.Ordinal);
        if (!isInside)
            throw new SsojetException(SsojetErrorKind.Configuration, $"{Problem} For links to all of the host, make ApiUrl its root.");
    }

    // Whether the body can be read a second time, as far as the library tells.
    private static bool CanBeSentAgain(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent => true, // a StringContent and a form are ByteArrayContent
        StreamContent => content.ReadAsStream().CanSeek,
        MultipartContent parts => parts.All(CanBeSentAgain),
        _ => false,
    };

    [LoggerMessage(LogLevel.Debug, "No token is sent to {Host}: it is for {ApiHost}, scheme and port included")]
    private static partial void LogSentWithoutToken(ILogger logger, string? host, string apiHost);
}
