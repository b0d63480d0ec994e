using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SsojetM2M;

public static class SsojetM2MHttpClientBuilderExtensions
{
    // The token request has a span still.
    private static readonly DistributedContextPropagator NoTraceHeaders = DistributedContextPropagator.CreateNoOutputPropagator();

    /// <summary>
    /// Makes a named or typed client an authorised one. Where <paramref name="configure"/> sets no client id, what it leaves open comes from the
    /// environment. The next clients leave it out.
    /// </summary>
    public static IHttpClientBuilder AddSsojetM2M(this IHttpClientBuilder builder, Action<SsojetOptions>? configure = null) =>
        builder.AddSsojetM2M(Options.DefaultName, configure);

    /// <summary>The same with one of several identities: its options have its name, its <see cref="ITokenProvider"/> has it as key.</summary>
    public static IHttpClientBuilder AddSsojetM2M(this IHttpClientBuilder builder, string identity, Action<SsojetOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Name is null)
            throw new NotSupportedException("Not for ConfigureHttpClientDefaults: name the clients that call the API.");
        AddIdentity(builder.Services, identity, configure);
        string? knownIdentity = FindIdentity(builder);
        if (knownIdentity == identity)
            return builder;
        if (knownIdentity is not null)
            throw new InvalidOperationException($"HttpClient '{builder.Name}' has SSOJet identity '{knownIdentity}' already, and it can send only one token.");
        builder.Services.AddSingleton(new AuthorisedClient(builder.Name, identity));
        AddTokenHttpClient(builder.Services);
        // PostConfigure comes after whatever else sets handlers, in whichever order the program registers it.
        builder.Services.PostConfigure<HttpClientFactoryOptions>(
            builder.Name, factory => factory.HttpMessageHandlerBuilderActions.Add(handlers => AuthoriseTransport(handlers, identity)));
        return builder.ConfigureHttpClient((provider, client) => client.BaseAddress ??= GetOptions(provider, identity).ApiBaseAddress);
    }

    private static string? FindIdentity(IHttpClientBuilder builder) => builder.Services.Select(static service => service.ImplementationInstance)
        .OfType<AuthorisedClient>().FirstOrDefault(client => client.Name == builder.Name)?.Identity;

    private static void AddIdentity(IServiceCollection services, string identity, Action<SsojetOptions>? configure)
    {
        // Two identities must not silently become one.
        bool hasOptions = services.Any(service => service.ImplementationInstance is ConfigureNamedOptions<SsojetOptions> known && known.Name == identity);
        if (hasOptions && configure is not null)
            throw new InvalidOperationException($"SSOJet identity '{identity}' has its options already. Leave them out to share it, or name another.");

        OptionsBuilder<SsojetOptions> options = services.AddOptions<SsojetOptions>(identity).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        if (identity == Options.DefaultName)
            options.PostConfigure(static options => { if (string.IsNullOrEmpty(options.ClientId)) options.ReadEnvironment(); });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SsojetOptions>, SsojetOptionsValidator>());
        // Once for all: after a reload, tokens of the old settings must not go to the API of the new ones.
        services.TryAddKeyedSingleton(identity, (provider, _) => provider.GetRequiredService<IOptionsMonitor<SsojetOptions>>().Get(identity));
        services.TryAddSingleton(TimeProvider.System);
        // A provider that the program has registered is used as it is.
        services.TryAddKeyedSingleton<ITokenProvider>(GetKey(identity), (provider, _) => new TokenProvider(
            GetOptions(provider, identity), provider.GetRequiredService<IHttpClientFactory>(),
            provider.GetRequiredService<ILogger<TokenProvider>>(), provider.GetRequiredService<TimeProvider>()));
    }

    // The token request takes nothing of what the program sets for all clients.
    private static void AddTokenHttpClient(IServiceCollection services)
    {
        services.AddHttpClient(SsojetOptions.TokenHttpClientName).RemoveAllLoggers();
        services.PostConfigure<HttpClientFactoryOptions>(SsojetOptions.TokenHttpClientName, static factory =>
        {
            factory.HttpClientActions.Clear();
            factory.HttpClientActions.Add(static client => client.Timeout = Timeout.InfiniteTimeSpan); // the token provider has its own limits
            factory.HttpMessageHandlerBuilderActions.Add(LimitTokenTransport);
        });
    }

    private static void AuthoriseTransport(HttpMessageHandlerBuilder handlers, string identity)
    {
        Uri apiUrl = GetOptions(handlers.Services, identity).ApiBaseAddress;
        if (apiUrl.Scheme == Uri.UriSchemeHttp)
            KeepLoopbackOffProxies(handlers.PrimaryHandler);
        ITokenProvider tokens = handlers.Services.GetRequiredKeyedService<ITokenProvider>(GetKey(identity));
        ILogger<BearerTokenHandler> logger = handlers.Services.GetRequiredService<ILogger<BearerTokenHandler>>();
        handlers.PrimaryHandler = new BearerTokenHandler(tokens, apiUrl, logger, handlers.PrimaryHandler);
    }

    // Also one that the program has put in its place: a followed redirect would send the secret on.
    private static void LimitTokenTransport(HttpMessageHandlerBuilder handlers)
    {
        handlers.AdditionalHandlers.Clear();
        KeepLoopbackOffProxies(handlers.PrimaryHandler);
        // Each only where it is not so yet: a transport that has started, and is handed out again, refuses to be changed.
        HttpMessageHandler transport = FindTransport(handlers.PrimaryHandler);
        if (transport is HttpClientHandler handler && (handler.AllowAutoRedirect || handler.UseCookies))
            (handler.AllowAutoRedirect, handler.UseCookies) = (false, false);
        if (transport is not SocketsHttpHandler sockets)
            return;
        if (sockets.AllowAutoRedirect || sockets.UseCookies)
            (sockets.AllowAutoRedirect, sockets.UseCookies) = (false, false);
        if (sockets.ConnectTimeout == Timeout.InfiniteTimeSpan) // else the program has set one
            sockets.ConnectTimeout = Limits.Connect;
        if (sockets.ActivityHeadersPropagator != NoTraceHeaders)
            sockets.ActivityHeadersPropagator = NoTraceHeaders;
    }

    // The program may have wrapped it, to log or to count.
    private static HttpMessageHandler FindTransport(HttpMessageHandler handler)
    {
        while (handler is DelegatingHandler { InnerHandler: { } inner })
            handler = inner;
        return handler;
    }

    // A proxy that the program itself has set is left alone.
    private static void KeepLoopbackOffProxies(HttpMessageHandler primaryHandler)
    {
        HttpMessageHandler transport = FindTransport(primaryHandler);
        if (transport is SocketsHttpHandler { UseProxy: true, Proxy: null } sockets)
            sockets.Proxy = new ProxyForHttpsAlone();
        else if (transport is HttpClientHandler { UseProxy: true, Proxy: null } handler)
            handler.Proxy = new ProxyForHttpsAlone();
    }

    private static SsojetOptions GetOptions(IServiceProvider services, string identity) =>
        services.GetRequiredKeyedService<SsojetOptions>(identity);

    // The default identity's service has no key.
    private static string? GetKey(string identity) => identity == Options.DefaultName ? null : identity;

    // Notes among the services which client has which identity.
    private sealed record AuthorisedClient(string Name, string Identity);

    // The environment's, but an http URL is to loopback and stays on the machine.
    private sealed class ProxyForHttpsAlone : IWebProxy
    {
        public ICredentials? Credentials { get => HttpClient.DefaultProxy.Credentials; set => HttpClient.DefaultProxy.Credentials = value; }

        public Uri? GetProxy(Uri destination) => HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.Scheme == Uri.UriSchemeHttp || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
