using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SsojetM2M;

/// <summary>Gives the tokens of one identity.</summary>
public interface ITokenProvider
{
    /// <summary>The held token, or a new one where none is held or it has expired.</summary>
    Task<string> GetTokenAsync(CancellationToken cancellationToken = default);

    /// <summary>Drops the given token. Another one that is held meanwhile stays.</summary>
    void Invalidate(string token);

    /// <summary>The API has answered 401: the token to send next, or <see langword="false"/> where the 401 is the caller's.</summary>
    bool TryReplace(string refusedToken, [NotNullWhen(true)] out Task<string>? replacement)
    {
        replacement = null;
        return false;
    }
}

// Whether to serve the held token, else the renewal is waited for; and whether to start one.
internal readonly record struct Decision(bool Use, bool Renew);

// A token and its times on the provider's clock. No record: that would print its value.
internal sealed class HeldToken(string value, TimeSpan earlyAt, TimeSpan expiresAt)
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Value { get; } = value;

    // From here on it is renewed while it goes on being served.
    public TimeSpan EarlyAt { get; } = earlyAt;

    public TimeSpan ExpiresAt { get; } = expiresAt;
}

// Gets a token, keeps it, and renews it once for all callers.
internal sealed partial class TokenProvider(
    SsojetOptions options, IHttpClientFactory httpClientFactory, ILogger<TokenProvider> logger, TimeProvider clock) : ITokenProvider
{
    private readonly TokenEndpoint _endpoint = new(options, httpClientFactory, clock);
    private readonly long _clockStart = clock.GetTimestamp();

    // Guards the fields below. Nothing is awaited or logged under it.
    private readonly Lock _gate = new();
    private HeldToken? _held;
    private Task<string>? _renewal;
    private TimeSpan _pausedUntil;
    private TimeSpan _nextDropAt;

    // Monotonic: setting the system's clock does not change a token's life.
    private TimeSpan Now => clock.GetElapsedTime(_clockStart);

    public Task<string> GetTokenAsync(CancellationToken cancellationToken = default)
    {
        // A caller that gives up leaves the renewal to the others.
        lock (_gate)
            return FindTokenOrRenew().WaitAsync(cancellationToken);
    }

    public void Invalidate(string token)
    {
        lock (_gate)
            _held = _held?.Value == token ? null : _held;
    }

    public bool TryReplace(string refusedToken, [NotNullWhen(true)] out Task<string>? replacement)
    {
        replacement = null;
        lock (_gate)
        {
            TimeSpan now = Now;
            bool isServed = _held is not null && now < _held.ExpiresAt;
            bool isAnotherHeld = isServed && _held!.Value != refusedToken;
            bool isAnotherComing = !isServed && _renewal is not null;
            if (!isAnotherHeld && !isAnotherComing)
            {
                // An API that refuses every token must not cause a token request for each of its answers.
                if (now < _nextDropAt)
                    return false;
                if (_held is not null) // a 401 that has dropped no token does not count
                    _nextDropAt = now + Limits.BetweenDrops;
                _held = null;
            }
            replacement = FindTokenOrRenew();
            return true;
        }
    }

    // No lock, no clock, no I/O. Every edge counts as reached.
    internal static Decision Decide(TimeSpan now, HeldToken? held, bool renewing, TimeSpan pausedUntil)
    {
        if (held is null || now >= held.ExpiresAt)
            return new Decision(Use: false, Renew: !renewing);
        bool isEarlyRenewalDue = now >= held.EarlyAt && now >= pausedUntil;
        return new Decision(Use: true, Renew: isEarlyRenewalDue && !renewing);
    }

    // Called under the lock.
    private Task<string> FindTokenOrRenew()
    {
        Decision decision = Decide(Now, _held, _renewal is not null, _pausedUntil);
        if (decision.Renew)
        {
            // No caller goes on inside the renewal, where one that blocks would hold up the others.
            var renewal = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            // The first caller's logging scope, trace and other AsyncLocals are not for a renewal that all share.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(() => RenewAsync(renewal));
            _renewal = renewal.Task; // last: nobody is to wait for one that could not be started
        }
        return decision.Use ? Task.FromResult(_held!.Value) : _renewal!;
    }

    private async Task RenewAsync(TaskCompletionSource<string> renewal)
    {
        TimeSpan deadline = Now + Limits.GettingToken;
        for (int tries = 1; ; tries++)
        {
            try
            {
                HeldToken fresh = await RequestTokenAsync(deadline).ConfigureAwait(false);
                EndRenewal(fresh);
                renewal.SetResult(fresh.Value);
                LogReceived(logger, options.ClientId!, _endpoint.Host);
                return;
            }
            catch (Exception error) when (!renewal.Task.IsCompleted) // else the logger has failed
            {
                SsojetException failure = error as SsojetException ?? _endpoint.DescribeFailure(error);
                if (PauseIfStillServed(failure) is { } served)
                {
                    renewal.SetResult(served.Value);
                    LogRenewalFailed(logger, failure, options.ClientId!, _endpoint.Host);
                    return;
                }
                if (FindWait(failure, tries, deadline - Now) is not { } wait)
                {
                    EndRenewal(null);
                    renewal.SetException(failure);
                    _ = renewal.Task.Exception; // looked at: where all callers have given up, it is no unobserved error
                    return;
                }
                await Task.Delay(wait, clock).ConfigureAwait(false);
            }
        }
    }

    private void EndRenewal(HeldToken? fresh)
    {
        lock (_gate)
        {
            _held = fresh;
            _pausedUntil = TimeSpan.Zero;
            _renewal = null;
        }
    }

    // Ends the renewal after a failed try if the held token is still good, so that nobody waits.
    private HeldToken? PauseIfStillServed(SsojetException failure)
    {
        lock (_gate)
        {
            if (_held is null || Now >= _held.ExpiresAt)
                return null;
            TimeSpan pause = failure.RetryAfter ?? TimeSpan.Zero;
            _pausedUntil = Now + (pause > Limits.RenewalPause ? pause : Limits.RenewalPause);
            _renewal = null;
            return _held;
        }
    }

    private async Task<HeldToken> RequestTokenAsync(TimeSpan deadline)
    {
        using CancellationTokenSource secretLimit = StartLimit(deadline);
        string secret = await _endpoint.GetSecretAsync(secretLimit.Token).ConfigureAwait(false);
        using CancellationTokenSource limit = StartLimit(deadline);
        TimeSpan sentAt = Now;
        (string token, TimeSpan lifetime) = await _endpoint.RequestTokenAsync(secret, limit.Token).ConfigureAwait(false);
        TimeSpan expiresAt = sentAt + lifetime;
        // The life was very short, or the process stood still. Another try may be quicker.
        if (Now >= expiresAt)
            throw _endpoint.DescribeNoAnswer("the token had expired before its answer was read", isTransient: true);
        return new HeldToken(token, expiresAt - Shorter(Limits.EarlyWindow, lifetime * Limits.EarlyWindowShare), expiresAt);
    }

    private CancellationTokenSource StartLimit(TimeSpan deadline)
    {
        TimeSpan timeLeft = Shorter(Limits.TokenRequest, deadline - Now);
        return new CancellationTokenSource(timeLeft > TimeSpan.Zero ? timeLeft : TimeSpan.Zero, clock);
    }

    // How long to wait before the next try, or null if there is none.
    private static TimeSpan? FindWait(SsojetException failure, int tries, TimeSpan timeLeft)
    {
        if (!failure.IsTransient || tries > Limits.RetryWaits.Length)
            return null;
        // Full jitter: programs that failed together do not come back together.
        TimeSpan jitter = Limits.RetryWaits[tries - 1] * (RandomNumberGenerator.GetInt32(1001) / 1000.0);
        TimeSpan wait = failure.RetryAfter ?? jitter;
        if (wait < timeLeft)
            return wait;
        failure.NotRetriedBecause = $"Not tried again: a wait of {wait.TotalSeconds:F0} s does not fit into the {Limits.GettingToken.TotalSeconds} s for getting a token.";
        return null;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(LogLevel.Debug, "Client {ClientId} has got an access token from {Host}")]
    private static partial void LogReceived(ILogger logger, string clientId, string host);

    [LoggerMessage(LogLevel.Warning, "The access token of client {ClientId} could not be renewed at {Host}; the held one is used until it expires")]
    private static partial void LogRenewalFailed(ILogger logger, Exception error, string clientId, string host);
}
