<?php

declare(strict_types=1);

namespace SsojetM2m\Store;

/**
 * Where tokens outlive the process that asked for them. An identity is 40 letters and digits.
 * Whatever an implementation throws is taken as a miss, and warned of once a process.
 */
interface TokenStore
{
    /** What was written last; null: nothing. */
    public function read(string $identity): ?string;

    /** The text holds a token: keep it where only this program can read it. It is of no use after a day. */
    public function write(string $identity, #[\SensitiveParameter] string $text): void;

    /**
     * Waits at most so many seconds for the one lock of an identity.
     *
     * @return (\Closure(): void)|null gives the lock back; null: another process still has it
     */
    public function lock(string $identity, float $seconds): ?\Closure;
}
