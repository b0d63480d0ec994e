<?php

declare(strict_types=1);

namespace SsojetM2m;

/** There was no token, so the API was not called. Errors of the call itself stay the library's own. */
final class TokenException extends \RuntimeException
{
    /** A setting is missing or wrong, or the function for the secret failed. */
    public const CONFIGURATION = 'configuration';
    /** The token endpoint refused with an OAuth error (RFC 6749, section 5.2). */
    public const OAUTH = 'oauth';
    /** No answer, our time ran out, or an answer that says "later". */
    public const TRANSPORT = 'transport';
    /** Any other answer that no token endpoint gives. */
    public const PROTOCOL = 'protocol';

    /**
     * @param self::*    $kind
     * @param int|null   $status     of the token endpoint's answer, if there was one
     * @param bool       $mayRetry   whether the same may succeed later
     * @param float|null $retryAfter seconds that the token endpoint asked to wait
     */
    public function __construct(
        public readonly string $kind,
        string $message,
        public readonly ?int $status = null,
        public readonly bool $mayRetry = false,
        public readonly ?float $retryAfter = null,
        public readonly ?string $oauthError = null,
        public readonly ?string $oauthDescription = null,
        public readonly ?string $oauthUri = null,
        ?\Throwable $previous = null,
    ) {
        parent::__construct($message, 0, $previous);
    }

    public function addNote(string $note): void
    {
        $this->message .= $note;
    }
}
