<?php

declare(strict_types=1);

namespace SsojetM2m\Store;

use SsojetM2m\Limits;
use SsojetM2m\TokenState;

/** What this process knows, alone or in front of a store that is shared with others. */
final class TokenCache
{
    private TokenState $state;

    /** A write has failed, so the store may hold what has been dropped since: it is not read until a write succeeds. */
    private bool $isStoreOutdated = false;

    private bool $hasWarned = false;

    /** @param \Closure(string, \Throwable): void $warn */
    public function __construct(
        private readonly string $identity,
        private readonly ?TokenStore $store,
        private readonly \Closure $warn,
    ) {
        $this->state = new TokenState();
    }

    public function read(float $now): TokenState
    {
        if ($this->store !== null && !$this->isStoreOutdated) {
            try {
                $this->state = self::decode($this->store->read($this->identity), $now) ?? $this->state;
            } catch (\Throwable $error) {
                $this->warnOnce($error);
            }
        }

        return $this->state;
    }

    public function write(TokenState $state): void
    {
        $this->state = $state;
        try {
            $this->store?->write($this->identity, self::encode($state));
            $this->isStoreOutdated = false;
        } catch (\Throwable $error) {
            $this->isStoreOutdated = true;
            $this->warnOnce($error);
        }
    }

    /**
     * Without a store, or with one that cannot lock, there is nobody to wait for.
     *
     * @return (\Closure(): void)|null gives the lock back; null: another process still has it
     */
    public function lock(float $seconds): ?\Closure
    {
        try {
            if ($this->store !== null) {
                return $this->store->lock($this->identity, $seconds);
            }
        } catch (\Throwable $error) {
            $this->warnOnce($error);
        }

        return static function (): void {
        };
    }

    /** A state as a store keeps it. */
    private static function encode(TokenState $state): string
    {
        return json_encode([
            'token' => $state->token(),
            'early_at' => $state->earlyAt,
            'expires_at' => $state->expiresAt,
            'paused_until' => $state->pausedUntil,
            'refused_at' => $state->refusedAt,
        ], JSON_THROW_ON_ERROR);
    }

    /** Null for a text that is not one of ours. */
    private static function decode(#[\SensitiveParameter] ?string $text, float $now): ?TokenState
    {
        $fields = json_decode($text ?? '', true);
        $time = static fn (string $name): ?float => is_array($fields) && is_numeric($fields[$name] ?? null)
            ? (float) $fields[$name]
            : null;
        $earlyAt = $time('early_at');
        $expiresAt = $time('expires_at');
        $pausedUntil = $time('paused_until');
        if (!is_array($fields) || $earlyAt === null || $expiresAt === null || $pausedUntil === null) {
            return null;
        }
        $token = $fields['token'] ?? null;
        $isToken = is_string($token) && TokenState::isToken($token);
        // One that lives longer than any token does is from a time when the clock was ahead.
        $isTimely = $expiresAt <= $now + Limits::LONGEST_LIFE;

        return new TokenState($isToken && $isTimely ? $token : '', $earlyAt, $expiresAt, $pausedUntil, $time('refused_at'));
    }

    private function warnOnce(\Throwable $error): void
    {
        if (!$this->hasWarned) {
            $this->hasWarned = true;
            ($this->warn)('tokens are not shared between processes: ' . $error->getMessage(), $error);
        }
    }
}
