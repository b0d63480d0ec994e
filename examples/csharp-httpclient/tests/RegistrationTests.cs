using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SsojetM2M.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task A_host_does_not_start_without_its_settings_and_names_all_that_are_missing()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHttpClient("api").AddSsojetM2M(static options => options.AuthMethod = "basic");
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        string[] named = ["SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL", "SSOJET_AUTH_METHOD"];
        Assert.All(named.Zip(error.Failures), static pair => Assert.Contains(pair.First, pair.Second));
    }

    [Fact]
    public async Task What_code_leaves_open_comes_from_the_environment_unless_code_sets_the_client_id()
    {
        Environment.SetEnvironmentVariable("SSOJET_CLIENT_ID", "cli_environment");
        Environment.SetEnvironmentVariable("SSOJET_SCOPE", " read\t write\u00a0");
        using var mixed = new Sandbox(configure: static options => (options.ClientId, options.Audience) = (null, "from-code"));
        using var byCode = new Sandbox();
        var error = Assert.Throws<OptionsValidationException>(() => new Sandbox(configure: static options => options.ApiUrl = ""));
        Environment.SetEnvironmentVariable("SSOJET_CLIENT_ID", null);
        Environment.SetEnvironmentVariable("SSOJET_SCOPE", null);

        await mixed.Tokens.GetTokenAsync();
        await byCode.Tokens.GetTokenAsync();
        Assert.EndsWith("client_id=cli_environment&client_secret=not-a-real-secret&scope=read+write&audience=from-code", mixed.TokenTransport.Bodies[0]);
        Assert.EndsWith("client_id=cli_test&client_secret=not-a-real-secret", byCode.TokenTransport.Bodies[0]);
        Assert.Contains("the environment was not read", error.Message);
    }

    [Fact]
    public async Task Identities_and_APIs_live_side_by_side()
    {
        using var other = new Sandbox(token: static _ => Sandbox.Issue(9));
        using var billing = new StubHandler(static _ => new HttpResponseMessage(HttpStatusCode.OK));
        using var sandbox = new Sandbox(register: services =>
        {
            services.AddHttpClient("billing").ConfigurePrimaryHttpMessageHandler(() => billing).AddSsojetM2M("billing", static options =>
                (options.ClientId, options.ClientSecret, options.ApiUrl) = ("cli_billing", "another-secret", "https://billing.test"));
            services.AddHttpClient("invoices").ConfigurePrimaryHttpMessageHandler(() => billing).AddSsojetM2M("billing"); // shares it
            services.AddKeyedSingleton("stub", other.Tokens); // as a stub may stand in
            services.AddHttpClient("stubbed").ConfigurePrimaryHttpMessageHandler(() => billing).AddSsojetM2M("stub", static options =>
                (options.ClientId, options.ClientSecret, options.ApiUrl) = ("cli_stub", "x", "https://stub.test"));
        });
        foreach (string name in (string[])["api", "billing", "invoices", "stubbed"])
            Assert.Equal(HttpStatusCode.OK, (await sandbox.CreateClient(name).GetAsync("orders")).StatusCode);
        Assert.Equal(["Bearer token-1-abcdef"], sandbox.ApiTransport.Authorizations);
        Assert.Equal(["Bearer token-2-abcdef", "Bearer token-2-abcdef", "Bearer token-9-abcdef"], billing.Authorizations);
        Assert.Contains("client_id=cli_billing", sandbox.TokenTransport.Bodies[1]);

        var services = new ServiceCollection();
        services.AddHttpClient("orders").AddSsojetM2M(static options => options.ClientId = "cli_one");
        Assert.Throws<InvalidOperationException>(() => services.AddHttpClient("billing").AddSsojetM2M(static options => options.ClientId = "cli_two"));
        var error = Assert.Throws<InvalidOperationException>(() => services.AddHttpClient("orders").AddSsojetM2M("billing"));
        Assert.StartsWith("HttpClient 'orders' has SSOJet identity '' already", error.Message);
    }

    [Fact]
    public async Task A_reload_of_the_configuration_sends_no_token_to_another_API()
    {
        var settings = new ConfigurationManager();
        settings["ApiUrl"] = "https://old.test";
        using var sandbox = new Sandbox(register: services =>
        {
            services.AddHttpClient("early").ConfigurePrimaryHttpMessageHandler(MakeApi).AddSsojetM2M("reloaded", static options =>
                (options.ClientId, options.ClientSecret) = ("cli_reloaded", "another-secret"));
            services.AddHttpClient("late").ConfigurePrimaryHttpMessageHandler(MakeApi).AddSsojetM2M("reloaded");
            services.AddOptions<SsojetOptions>("reloaded").Bind(settings);
        });
        using var before = await sandbox.CreateClient("early").GetAsync("orders");
        settings["ApiUrl"] = "https://new.test";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal("https://new.test", sandbox.Services.GetRequiredService<IOptionsMonitor<SsojetOptions>>().Get("reloaded").ApiUrl);
        using var after = await sandbox.CreateClient("late").GetAsync("orders");
        Assert.Equal("https://old.test/orders", after.RequestMessage?.RequestUri?.AbsoluteUri);
        using var other = await sandbox.CreateClient("late").GetAsync("https://new.test/orders");
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Unauthorized], [before.StatusCode, after.StatusCode, other.StatusCode]);

        static StubHandler MakeApi() => new(static request => new HttpResponseMessage(request.Headers.Authorization is null ? HttpStatusCode.Unauthorized : HttpStatusCode.OK));
    }

    [Fact]
    public async Task What_is_set_for_all_clients_does_not_reach_the_token_request()
    {
        using var sandbox = new Sandbox(register: static services => services.ConfigureHttpClientDefaults(static all => all
            .AddHttpMessageHandler(static () => new TwiceHandler(new Uri("https://api.test/v1/orders")))
            .ConfigureHttpClient(static client => client.DefaultRequestHeaders.Add("X-Default", "1"))));
        using var response = await sandbox.Client.GetAsync("orders");
        Assert.Equal(2, sandbox.ApiTransport.Bodies.Count);
        Assert.Contains("X-Default", sandbox.ApiTransport.Headers[0]);
        Assert.Equal($"Accept: application/json\nUser-Agent: {Limits.UserAgent}\n", sandbox.TokenTransport.Headers[0].ReplaceLineEndings("\n"));
        Assert.Equal(1, sandbox.TokenRequests);
        Assert.Throws<NotSupportedException>(() => new ServiceCollection().ConfigureHttpClientDefaults(static all => all.AddSsojetM2M()));
    }

    [Fact]
    public async Task Nothing_that_is_logged_printed_or_shown_by_a_debugger_holds_secret_or_token()
    {
        using var sandbox = new Sandbox(
            token: static number => number < 3 ? Sandbox.Issue(number) : throw new HttpRequestException(Sandbox.Secret),
            api: static _ => new HttpResponseMessage(HttpStatusCode.Unauthorized),
            register: static services => services.AddHttpClient("api").RedactLoggedHeaders(["X-Key"]).AddSsojetM2M());
        using var response = await sandbox.Client.GetAsync("orders");
        Assert.Equal(2, sandbox.ApiTransport.Bodies.Count); // no more than two, though the client is registered twice
        sandbox.Tokens.Invalidate("token-2-abcdef");
        var error = await sandbox.FailToGetTokenAsync();

        var options = sandbox.Services.GetRequiredService<IOptions<SsojetOptions>>().Value;
        options.ClientSecretProvider = _ => Task.FromResult(Sandbox.Secret);
        object[] shown = [options, sandbox.Tokens, sandbox.Client];
        var text = $"{error} {new HeldToken("token-2-abcdef", TimeSpan.Zero, TimeSpan.Zero)}";
        text += string.Concat(shown.Select(static part => $"{part} {JsonSerializer.Serialize(part)}"));
        text += string.Concat(sandbox.Log.GetSnapshot().Select(static record => $"{record} {JsonSerializer.Serialize(new { record.State, record.Scopes })}"));
        Assert.Contains("Sending HTTP request GET https://api.test/v1/orders", text);
        Assert.DoesNotContain("-abcdef", text);
        Assert.DoesNotContain(Sandbox.Secret, text);
    }

    [Theory]
    [InlineData(typeof(SocketsHttpHandler), false)]
    [InlineData(typeof(SocketsHttpHandler), true)]
    [InlineData(typeof(HttpClientHandler), false)]
    public async Task No_transport_follows_a_redirect_of_the_token_endpoint_or_asks_a_proxy_for_loopback(Type type, bool isWrapped)
    {
        int requests = 0;
        await using var server = WebApplication.CreateSlimBuilder().Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.Run(context =>
        {
            requests++;
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        await server.StartAsync();
        (IWebProxy before, HttpClient.DefaultProxy) = (HttpClient.DefaultProxy, new WebProxy("http://127.0.0.1:1"));
        using var transport = (HttpMessageHandler)Activator.CreateInstance(type)!;
        using var wrapper = new PassingHandler(transport);
        using var sandbox = new Sandbox(configure: options => options.TokenUrl = server.Urls.First(), transport: isWrapped ? wrapper : transport);
        var error = await Assert.ThrowsAsync<SsojetException>(() => sandbox.Tokens.GetTokenAsync());
        HttpClient.DefaultProxy = before;
        Assert.EndsWith("answered 307 with neither a token nor an OAuth error. Check SSOJET_TOKEN_URL.", error.Message);
        Assert.Equal(1, requests);
    }

    [Fact]
    public void A_connect_timeout_of_the_program_stays()
    {
        using var own = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) };
        using var none = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        foreach (var transport in (SocketsHttpHandler[])[own, none])
        {
            using var sandbox = new Sandbox(transport: transport);
            sandbox.CreateClient(SsojetOptions.TokenHttpClientName);
        }
        Assert.Equal([TimeSpan.FromSeconds(2), Limits.Connect], [own.ConnectTimeout, none.ConnectTimeout]);
    }

    private sealed class PassingHandler(HttpMessageHandler inner) : DelegatingHandler(inner);
}
