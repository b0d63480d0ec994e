using System.Net;

namespace SsojetM2M.Tests;

public sealed class TokenProviderTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Fact]
    public async Task Life_is_counted_from_before_the_request_on_the_given_monotonic_clock()
    {
        using var sandbox = new Sandbox();
        var answers = sandbox.HoldAnswers();
        var first = sandbox.Tokens.GetTokenAsync();
        await Sandbox.UntilAsync(() => sandbox.TokenRequests == 1);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(5));
        answers.SetResult();
        Assert.Equal("token-1-abcdef", await first);

        sandbox.Clock.WallClockStep = TimeSpan.FromDays(2);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(84.9)); // 89.9 s of 100 s: not yet early
        Assert.Equal("token-1-abcdef", await sandbox.Tokens.GetTokenAsync());
        Assert.Equal(1, sandbox.TokenRequests);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(10.1)); // 100 s: over, though it came 5 s after the request
        Assert.Equal("token-2-abcdef", await sandbox.Tokens.GetTokenAsync());
    }

    [Fact]
    public async Task A_renewal_that_fails_early_is_one_warning_and_a_pause()
    {
        using var sandbox = new Sandbox(token: static number => number == 1
            ? Sandbox.Issue(1, "1000")
            : Sandbox.Answer(HttpStatusCode.Unauthorized, $$"""{"error":"invalid_client","error_description":"{{Sandbox.Secret}}"}"""));
        await sandbox.Tokens.GetTokenAsync();
        sandbox.Clock.Advance(TimeSpan.FromSeconds(945));
        Assert.Equal("token-1-abcdef", await sandbox.Tokens.GetTokenAsync());
        await Sandbox.UntilAsync(() => sandbox.Warnings.Any());
        Assert.Equal("token-1-abcdef", await sandbox.Tokens.GetTokenAsync());
        Assert.Equal(2, sandbox.TokenRequests);

        var warning = Assert.Single(sandbox.Warnings);
        Assert.Contains("cli_test", warning.Message);
        Assert.Contains("auth.test", warning.Message);
        Assert.Equal("invalid_client", Assert.IsType<SsojetException>(warning.Exception).Error);
        Assert.DoesNotContain(Sandbox.Secret, warning.Message + warning.Exception);

        sandbox.Clock.Advance(TimeSpan.FromSeconds(55)); // over: the refusal is the caller's now
        await sandbox.FailToGetTokenAsync();
    }

    [Fact]
    public async Task The_first_callers_context_does_not_reach_the_renewal_that_all_share()
    {
        using var sandbox = new Sandbox(token: static number => Ambient.Value is null ? Sandbox.Issue(number) : throw new InvalidOperationException());
        Ambient.Value = "the first caller's";
        Assert.Equal("token-1-abcdef", await sandbox.Tokens.GetTokenAsync());
    }

    [Fact]
    public async Task A_401_to_an_expired_token_gets_the_one_that_is_coming()
    {
        using var sandbox = new Sandbox();
        string expired = await sandbox.Tokens.GetTokenAsync();
        sandbox.Clock.Advance(TimeSpan.FromSeconds(100));
        var answers = sandbox.HoldAnswers();
        var next = sandbox.Tokens.GetTokenAsync();
        Assert.True(sandbox.Tokens.TryReplace(expired, out var replacement));
        answers.SetResult();
        Assert.Equal(await next, await replacement);
        Assert.True(sandbox.Tokens.TryReplace(await next, out replacement)); // the 401 before has dropped none
        Assert.Equal("token-3-abcdef", await replacement);
    }

    [Fact]
    public async Task Whatever_ends_a_renewal_ends_it_for_those_who_wait()
    {
        using var sandbox = new Sandbox();
        sandbox.Clock.IsBroken = true;
        var error = await sandbox.FailToGetTokenAsync();
        Assert.Equal(SsojetErrorKind.Transport, error.Kind);
        Assert.Contains(nameof(InvalidOperationException), error.Message);
        sandbox.Clock.IsBroken = false;
        Assert.Equal("token-1-abcdef", await sandbox.Tokens.GetTokenAsync());
    }

    [Fact]
    public async Task Getting_a_token_ends_after_30_seconds()
    {
        using var sandbox = new Sandbox();
        sandbox.HoldAnswers();
        var start = sandbox.Clock.GetUtcNow();
        var error = await sandbox.FailToGetTokenAsync();
        Assert.True(error is { Kind: SsojetErrorKind.Transport, IsTransient: true });
        Assert.Equal(3, sandbox.TokenRequests);
        Assert.InRange((sandbox.Clock.GetUtcNow() - start).TotalSeconds, 20, 35);
    }

    [Fact]
    public async Task The_secret_can_come_from_a_function_and_its_failure_is_told_and_not_retried()
    {
        int calls = 0;
        using var sandbox = new Sandbox(configure: options => options.ClientSecretProvider = _ => ++calls switch
        {
            1 => Task.FromException<string>(new IOException("vault")),
            2 => Task.FromResult<string>(null!),
            _ => Task.FromResult("secret " + calls),
        });
        var error = await sandbox.FailToGetTokenAsync();
        Assert.Equal(SsojetErrorKind.Configuration, error.Kind);
        Assert.Equal("vault", Assert.IsType<IOException>(error.InnerException).Message);
        error = await sandbox.FailToGetTokenAsync();
        Assert.Contains("missing", error.Message);
        Assert.Equal(0, sandbox.TokenRequests);
        sandbox.Tokens.Invalidate(await sandbox.Tokens.GetTokenAsync());
        await sandbox.Tokens.GetTokenAsync();
        Assert.Contains("client_secret=secret+3", sandbox.TokenTransport.Bodies[0]);
        Assert.Contains("client_secret=secret+4", sandbox.TokenTransport.Bodies[1]);
    }

    [Fact]
    public async Task A_function_that_blocks_is_named_and_not_the_token_endpoint()
    {
        using var end = new ManualResetEventSlim();
        using var sandbox = new Sandbox(configure: options => options.ClientSecretProvider = _ => Task.FromResult($"{end.Wait(-1, CancellationToken.None)}"));
        var error = await sandbox.FailToGetTokenAsync();
        end.Set();
        Assert.Contains("ClientSecretProvider", error.Message);
        Assert.Equal(0, sandbox.TokenRequests);
    }

    [Fact]
    public async Task A_function_that_fails_after_its_limit_is_no_unobserved_error()
    {
        var unobserved = new List<string>();
        TaskScheduler.UnobservedTaskException += (_, unseen) => unobserved.Add($"{unseen.Exception}");
        var secret = new TaskCompletionSource<string>();
        using var sandbox = new Sandbox(configure: options => options.ClientSecretProvider = _ => secret.Task);
        await sandbox.FailToGetTokenAsync();
        secret.SetException(new IOException("late vault"));
        await Task.Delay(100);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.DoesNotContain(unobserved, static error => error.Contains("late vault", StringComparison.Ordinal));
    }
}
