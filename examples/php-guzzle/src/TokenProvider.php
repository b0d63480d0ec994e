<?php

declare(strict_types=1);

namespace SsojetM2m;

use Psr\Log\LoggerInterface;
use SsojetM2m\Store\TokenCache;
use SsojetM2m\Store\TokenStore;

/**
 * Asks for a token once and keeps it until it expires: in this process and, with a store, for those after it.
 * Not final, so that your tests can stub it.
 */
class TokenProvider
{
    private readonly TokenEndpoint $endpoint;
    private readonly TokenCache $cache;

    /** An early renewal that failed, to be told once the lock is free. */
    private ?TokenException $failedRenewal = null;

    /** @param LoggerInterface|null $logger where none is given, warnings go to PHP's error log */
    public function __construct(
        private readonly Configuration $configuration,
        private readonly ?TokenStore $store = null,
        private readonly ?LoggerInterface $logger = null,
        TokenTransport $transport = new TokenTransport(),
        private readonly Clock $clock = new Clock(),
    ) {
        $this->endpoint = new TokenEndpoint($configuration, $transport, $clock);
        $this->cache = new TokenCache($configuration->identity(), $store, $this->warn(...));
    }

    public function getToken(): string
    {
        $now = $this->now();
        $state = $this->cache->read($now);
        // Most calls end here, before the early window.
        if ($now < $state->earlyAt) {
            return $state->token();
        }
        $decision = $state->decide($now, isRenewing: false);
        if ($decision === TokenState::SERVE) {
            return $state->token();
        }
        // In the early window nobody waits for the lock: whoever has it renews for all.
        $waitSeconds = $decision['use'] ? 0.0 : Limits::LOCK_WAIT;

        return $this->underLock($waitSeconds, function (bool $isRenewing) use ($waitSeconds): ?string {
            $now = $this->now();
            $served = $this->cache->read($now)->servedToken($now, $isRenewing);
            // It has gone since the first look, and another process gets the next one: that is waited for.
            if ($served === null && $isRenewing && $waitSeconds === 0.0) {
                return null;
            }

            // Also without the lock: whoever holds it for so long is not waited for any longer.
            return $served ?? $this->renew();
        }) ?? $this->getToken();
    }

    /** Forgets this token, if it is the one that is held; in the store too. */
    public function invalidate(#[\SensitiveParameter] string $token): void
    {
        $hiddenToken = new \SensitiveParameterValue($token);
        $this->underLock(Limits::LOCK_WAIT, function () use ($hiddenToken): void {
            $state = $this->cache->read($this->now());
            if ($state->token() === $hiddenToken->getValue()) {
                $this->cache->write($state->withoutToken($state->refusedAt));
            }
        });
    }

    /**
     * The API has answered 401 to this token.
     *
     * @return string|null the token to send the request again with; null: the 401 is the caller's
     */
    public function handleUnauthorized(#[\SensitiveParameter] string $refused, bool $canSendAgain): ?string
    {
        $hiddenRefused = new \SensitiveParameterValue($refused);

        return $this->underLock(Limits::LOCK_WAIT, function () use ($hiddenRefused, $canSendAgain): ?string {
            $now = $this->now();
            $state = $this->cache->read($now);
            $served = $state->servedToken($now, isRenewing: true);
            if ($served !== null && $served !== $hiddenRefused->getValue()) {
                return $canSendAgain ? $served : null;
            }
            if ($state->wasJustRefused($now)) {
                return null;
            }
            // Where none is held this 401 drops nothing, so it does not keep the next one from being repaired.
            if ($state->token() !== '') {
                $this->cache->write($state->withoutToken(refusedAt: $now));
            }

            return $canSendAgain ? $this->renew() : null;
        });
    }

    /** A new token; or the held one, where it is still served and no other is to be had. */
    private function renew(): string
    {
        $deadline = $this->clock->monotonic() + Limits::GET_TOKEN;
        for ($try = 1;; ++$try) {
            try {
                return $this->tryOnce($deadline);
            } catch (TokenException $error) {
                $now = $this->now();
                $state = $this->cache->read($now);
                $served = $state->servedToken($now, isRenewing: true);
                if ($served !== null) {
                    $pause = max(Limits::RENEWAL_PAUSE, $error->retryAfter ?? 0.0);
                    $this->cache->write($state->withPause($now + $pause));
                    $this->failedRenewal = $error;

                    return $served;
                }
                if (!$error->mayRetry || $try >= Limits::TRIES) {
                    throw $error;
                }
                $this->waitBeforeNextTry($try, $error, $deadline);
            }
        }
    }

    private function tryOnce(float $deadline): string
    {
        $secret = $this->configuration->clientSecret();
        $secondsLeft = $deadline - $this->clock->monotonic();
        if ($secondsLeft <= 0) {
            $message = 'out of time: the function for the client secret took too long';
            throw new TokenException(TokenException::TRANSPORT, $message, mayRetry: true);
        }
        $requestedAt = $this->now();
        [$token, $lifeSeconds] = $this->endpoint->requestToken($secret, min(Limits::TRY, $secondsLeft));
        $now = $this->now();
        $state = $this->cache->read($now)->withToken($token, $requestedAt, $lifeSeconds);
        if ($now >= $state->expiresAt) {
            $message = 'the token had expired before its answer was read';
            throw new TokenException(TokenException::TRANSPORT, $message, mayRetry: true);
        }
        $this->cache->write($state);

        return $token;
    }

    /** Full jitter, a random part of 0.5 s, then of 1 s; or as long as the token endpoint asks for. */
    private function waitBeforeNextTry(int $try, TokenException $error, float $deadline): void
    {
        $longestWait = Limits::FIRST_WAIT * 2 ** ($try - 1);
        $wait = $error->retryAfter ?? $longestWait * random_int(0, 1000) / 1000;
        if ($wait >= $deadline - $this->clock->monotonic()) {
            $error->addNote(sprintf('; a wait of %.1f s is too long', $wait));
            throw $error;
        }
        $this->clock->sleep($wait);
    }

    /**
     * @template T
     *
     * @param \Closure(bool): T $work is told whether another process still has the lock
     *
     * @return T
     */
    private function underLock(float $waitSeconds, \Closure $work): mixed
    {
        $unlock = $this->cache->lock($waitSeconds);
        try {
            return $work($unlock === null);
        } finally {
            if ($unlock !== null) {
                $unlock();
            }
            $this->tellFailedRenewal();
        }
    }

    private function tellFailedRenewal(): void
    {
        $error = $this->failedRenewal;
        if ($error !== null) {
            $this->failedRenewal = null;
            $this->warn('no new token, the held one is used until it expires: ' . $error->getMessage(), $error);
        }
    }

    private function warn(string $message, \Throwable $error): void
    {
        $client = $this->configuration->clientId;
        $host = $this->configuration->tokenHost();
        $message = "SSOJet client $client at $host: $message";
        try {
            if ($this->logger === null) {
                error_log($message);
            } else {
                $this->logger->warning($message, ['exception' => $error]);
            }
        } catch (\Throwable) {
            // A logger that fails is no reason to fail a call that has its token.
        }
    }

    /** The life of a token is counted on a clock that nobody sets; but processes share no clock except UTC. */
    private function now(): float
    {
        return $this->store === null ? $this->clock->monotonic() : $this->clock->utc();
    }
}
