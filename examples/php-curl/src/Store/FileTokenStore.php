<?php

declare(strict_types=1);

namespace SsojetM2m\Store;

use SsojetM2m\Clock;

/** One private file an identity, in a folder of its own that only this user can enter. Not for Windows. */
final class FileTokenStore implements TokenStore
{
    private const POLL_SECONDS = 0.02;
    private const LEFTOVER_SECONDS = 60;

    public function __construct(private readonly string $folder, private readonly Clock $clock = new Clock())
    {
    }

    public function read(string $identity): ?string
    {
        $this->checkFolder();
        $path = $this->path($identity, 'json');
        $text = is_file($path) ? @file_get_contents($path) : null;

        return $text === false ? throw $this->error('cannot be read') : $text;
    }

    public function write(string $identity, #[\SensitiveParameter] string $text): void
    {
        $this->checkFolder();
        $this->removeLeftovers();
        // Its own name, because not every writer has the lock: into a file of two one would write after the rename.
        $temporary = $this->path($identity, bin2hex(random_bytes(8)) . '.new');
        $file = $this->openPrivately($temporary, 'x');
        $isWritten = $file !== false && fwrite($file, $text) === strlen($text) && fclose($file);
        // A reader sees the old file or the new one, never a half.
        if (!$isWritten || !@rename($temporary, $this->path($identity, 'json'))) {
            @unlink($temporary);
            throw $this->error('cannot be written');
        }
    }

    public function lock(string $identity, float $seconds): ?\Closure
    {
        $this->checkFolder();
        $file = $this->openPrivately($this->path($identity, 'lock'), 'c');
        if ($file === false) {
            throw $this->error('cannot be written');
        }
        $deadline = $this->clock->monotonic() + $seconds;
        while (!flock($file, LOCK_EX | LOCK_NB, $isHeldByAnother)) {
            // NFS without its lock service, for one: nobody can lock here, so nobody is waited for.
            if ($isHeldByAnother !== 1) {
                throw $this->error('is on a file system without locks');
            }
            if ($this->clock->monotonic() >= $deadline) {
                fclose($file);

                return null;
            }
            $this->clock->sleep(self::POLL_SECONDS);
        }

        return static function () use ($file): void {
            flock($file, LOCK_UN);
            fclose($file);
        };
    }

    private function path(string $identity, string $extension): string
    {
        return $this->folder . DIRECTORY_SEPARATOR . $identity . '.' . $extension;
    }

    /**
     * Without umask(), which all threads of a process share. Until chmod() the folder keeps others out.
     *
     * @return resource|false
     */
    private function openPrivately(string $path, string $mode)
    {
        $file = @fopen($path, $mode);

        return $file !== false && @chmod($path, 0600) ? $file : false;
    }

    /** What a process left behind that was killed while it wrote. */
    private function removeLeftovers(): void
    {
        foreach (@scandir($this->folder) ?: [] as $name) {
            $path = $this->folder . DIRECTORY_SEPARATOR . $name;
            if (str_ends_with($name, '.new') && @filemtime($path) < time() - self::LEFTOVER_SECONDS) {
                @unlink($path);
            }
        }
    }

    /** The folder is a real one and ours. One that others can enter is made private if it is empty, else not used. */
    private function checkFolder(): void
    {
        clearstatcache(true, $this->folder);
        if (!file_exists($this->folder) && !is_link($this->folder)) {
            @mkdir(dirname($this->folder), 0777, true);
            @mkdir($this->folder, 0700);
            clearstatcache(true, $this->folder);
        }
        if (!is_dir($this->folder) || is_link($this->folder)) {
            throw $this->error('is no folder and cannot be made one');
        }
        if (function_exists('posix_geteuid') && fileowner($this->folder) !== posix_geteuid()) {
            throw $this->error('belongs to another user');
        }
        $isPrivate = (fileperms($this->folder) & 0077) === 0;
        $isEmpty = !$isPrivate && @scandir($this->folder) === ['.', '..'];
        if (!$isPrivate && !($isEmpty && @chmod($this->folder, 0700))) {
            throw $this->error('is not empty, and others can enter it');
        }
    }

    private function error(string $what): \RuntimeException
    {
        return new \RuntimeException("$this->folder $what");
    }
}
