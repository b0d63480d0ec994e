<?php

declare(strict_types=1);

namespace SsojetM2m;

/** What is known about the token of one identity. Times are those of the provider's clock. */
final class TokenState
{
    // What to do with the token that is held: whether it is used, and whether another is to be asked for.
    public const SERVE = ['use' => true, 'renew' => false];
    public const SERVE_AND_RENEW = ['use' => true, 'renew' => true];
    public const RENEW = ['use' => false, 'renew' => true];
    public const WAIT = ['use' => false, 'renew' => false];

    public readonly float $earlyAt;
    public readonly float $expiresAt;

    /** Hides the token from print_r, var_dump, var_export and printed stacks. */
    private readonly \SensitiveParameterValue $token;

    /**
     * @param string     $token       empty: none is held
     * @param float      $earlyAt     from then on the token is renewed, while it is still served
     * @param float      $pausedUntil after a failed renewal, none is tried before this time
     * @param float|null $refusedAt   when a 401 of the API last dropped a token
     */
    public function __construct(
        #[\SensitiveParameter] string $token = '',
        float $earlyAt = 0.0,
        float $expiresAt = 0.0,
        public readonly float $pausedUntil = 0.0,
        public readonly ?float $refusedAt = null,
    ) {
        $this->token = new \SensitiveParameterValue($token);
        $this->earlyAt = $token === '' ? 0.0 : $earlyAt;
        $this->expiresAt = $token === '' ? 0.0 : $expiresAt;
    }

    public function token(): string
    {
        /** @var string */
        return $this->token->getValue();
    }

    /**
     * Every edge counts as reached.
     *
     * @return self::SERVE|self::SERVE_AND_RENEW|self::RENEW|self::WAIT
     */
    public function decide(float $now, bool $isRenewing): array
    {
        if ($now >= $this->expiresAt) {
            return $isRenewing ? self::WAIT : self::RENEW;
        }
        $isDue = $now >= $this->earlyAt && $now >= $this->pausedUntil;

        return $isDue && !$isRenewing ? self::SERVE_AND_RENEW : self::SERVE;
    }

    /** The held token, if it is to be used as it is; null: another is to be asked for first. */
    public function servedToken(float $now, bool $isRenewing): ?string
    {
        return $this->decide($now, $isRenewing) === self::SERVE ? $this->token() : null;
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
        return new self('', 0.0, 0.0, $this->pausedUntil, $refusedAt);
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
