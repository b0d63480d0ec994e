using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace SsojetM2M.Tests;

// Answers requests from a function and keeps what was sent.
internal sealed class StubHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public Task Gate { get; set; } = Task.CompletedTask;

    public List<string> Headers { get; } = [];

    public List<string> Bodies { get; } = [];

    public IEnumerable<string> Authorizations => Headers.Select(static headers => headers.Split("Authorization: ") is [_, var rest] ? rest.Split('\n')[0].TrimEnd() : "none");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Copied as a transport does it: ReadAsStringAsync would buffer the body, and any body could be sent again.
        using var body = new MemoryStream();
        await (request.Content?.CopyToAsync(body, cancellationToken) ?? Task.CompletedTask);
        Headers.Add(request.Headers.ToString());
        Bodies.Add(Encoding.UTF8.GetString(body.ToArray()));
        await Gate.WaitAsync(cancellationToken);
        return answer(request);
    }
}

// Sends the same request twice, as retry and failover handlers do.
internal sealed class TwiceHandler(Uri? secondUrl) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var first = await base.SendAsync(request, cancellationToken);
        request.RequestUri = secondUrl ?? request.RequestUri;
        return await base.SendAsync(request, cancellationToken);
    }
}

// FakeTimeProvider has one time for both clocks; here the wall clock can be set apart.
internal sealed class HandClock : FakeTimeProvider
{
    public TimeSpan WallClockStep { get; set; }

    public bool IsBroken { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + WallClockStep;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        IsBroken ? throw new InvalidOperationException() : base.CreateTimer(callback, state, dueTime, period);

    public override long GetTimestamp() => base.GetTimestamp() - WallClockStep.Ticks;
}

// The client with stubs for both transports, a clock that is moved by hand and a log that is kept.
internal sealed class Sandbox : IDisposable
{
    public const string Secret = "not-a-real-secret";

    public Sandbox(
        Func<int, HttpResponseMessage>? token = null, Func<HttpRequestMessage, HttpResponseMessage>? api = null,
        Action<SsojetOptions>? configure = null, Action<IServiceCollection>? register = null, HttpMessageHandler? transport = null)
    {
        TokenTransport = new StubHandler(_ => token is null ? Issue(TokenRequests) : token(TokenRequests));
        ApiTransport = new StubHandler(api ?? (static _ => new HttpResponseMessage(HttpStatusCode.OK)));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Log)));
        register?.Invoke(services);
        services.AddHttpClient("api").ConfigurePrimaryHttpMessageHandler(() => ApiTransport).AddSsojetM2M(options =>
        {
            options.ClientId = "cli_test";
            options.ClientSecret = Secret;
            options.ApiUrl = "https://api.test/v1";
            options.TokenUrl = "https://auth.test/oauth/token";
            configure?.Invoke(options);
        });
        services.AddHttpClient(SsojetOptions.TokenHttpClientName).ConfigurePrimaryHttpMessageHandler(() => transport ?? TokenTransport);
        Services = services.BuildServiceProvider(validateScopes: true);
        Tokens = Services.GetRequiredService<ITokenProvider>();
        Client = CreateClient("api");
    }

    public ServiceProvider Services { get; }

    public HandClock Clock { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public StubHandler TokenTransport { get; }

    public StubHandler ApiTransport { get; }

    public ITokenProvider Tokens { get; }

    public HttpClient Client { get; }

    public int TokenRequests => TokenTransport.Bodies.Count;

    public static HttpResponseMessage Issue(int number, string lifetime = "100") =>
        Answer(HttpStatusCode.OK, $$"""{"access_token":"token-{{number}}-abcdef","token_type":"Bearer","expires_in":{{lifetime}}}""");

    public static HttpResponseMessage Answer(HttpStatusCode status, string json) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public HttpClient CreateClient(string name) => Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    public IEnumerable<FakeLogRecord> Warnings => Log.GetSnapshot().Where(static record => record.Level == LogLevel.Warning);

    // Holds the token endpoint's answers back until the result is set.
    public TaskCompletionSource HoldAnswers()
    {
        var answers = new TaskCompletionSource();
        TokenTransport.Gate = answers.Task;
        return answers;
    }

    // Waits for something that happens on another thread.
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (int tries = 0; tries < 3000 && !condition(); tries++)
            await Task.Delay(10);
        Assert.True(condition());
    }

    // Asks for a token and moves the clock until that has failed.
    public async Task<SsojetException> FailToGetTokenAsync()
    {
        var call = Tokens.GetTokenAsync();
        await UntilAsync(() =>
        {
            Clock.Advance(TimeSpan.FromSeconds(0.25));
            return call.IsCompleted;
        });
        return await Assert.ThrowsAsync<SsojetException>(() => call);
    }

    public void Dispose()
    {
        Services.Dispose();
        ApiTransport.Dispose();
        TokenTransport.Dispose();
    }
}

/// <summary>The tests say what is set: neither a sandbox nor a loaded .env does.</summary>
internal static class NoEnvironment
{
    [ModuleInitializer]
    internal static void Clear()
    {
        foreach (string name in (string[])["CLIENT_ID", "CLIENT_SECRET", "API_URL", "TOKEN_URL", "SCOPE", "AUDIENCE", "AUTH_METHOD"])
        {
            Environment.SetEnvironmentVariable($"SSOJET_{name}", null);
        }
    }
}
