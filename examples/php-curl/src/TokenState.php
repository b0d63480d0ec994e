<?php

declare(strict_types=1);

namespace SsojetM2m;

/** What is known about the token of one identity. Times are those of the provider's clock. */
final class TokenState
{
    /** Hides the token from print_r, var_dump, var_export and printed stacks. */
    private readonly ?\SensitiveParameterValue $token;

    /**
     * @param float      $earlyAt     from then on the token is renewed, while it is still served
     * @param float      $pausedUntil after a failed renewal, none is tried before this time
     * @param float|null $refusedAt   when a 401 of the API last dropped a token
     */
    public function __construct(
        #[\SensitiveParameter] ?string $token = null,
        public readonly float $earlyAt = 0.0,
        public readonly float $expiresAt = 0.0,
        public readonly float $pausedUntil = 0.0,
        public readonly ?float $refusedAt = null,
    ) {
        $this->token = $token === null ? null : new \SensitiveParameterValue($token);
    }

    public function token(): ?string
    {
        $token = $this->token?->getValue();

        return is_string($token) ? $token : null;
    }

    /** @param float $requestedAt just before the token was asked for */
    public function withToken(#[\SensitiveParameter] string $token, float $requestedAt, int $lifeSeconds): self
    {
        $expiresAt = $requestedAt + $lifeSeconds;
        $earlyWindow = min(Limits::EARLY_WINDOW, $lifeSeconds * Limits::EARLY_WINDOW_PART);

        return new self($token, $expiresAt - $earlyWindow, $expiresAt, 0.0, $this->refusedAt);
    }

    public function withoutToken(?float $refusedAt): self
    {
        return new self(null, 0.0, 0.0, $this->pausedUntil, $refusedAt);
    }

    public function withPause(float $until): self
    {
        return new self($this->token(), $this->earlyAt, $this->expiresAt, $until, $this->refusedAt);
    }

    /** Whether a 401 has dropped a token lately. (A time to come is from a clock that was ahead.) */
    public function wasJustRefused(float $now): bool
    {
        return $this->refusedAt !== null
            && $now >= $this->refusedAt
            && $now < $this->refusedAt + Limits::REFUSAL_WINDOW;
    }

    /** Visible ASCII, so that it cannot break out of its header. */
    public static function isToken(#[\SensitiveParameter] string $text): bool
    {
        return preg_match('/^[\x21-\x7E]+$/D', $text) === 1;
    }
}
