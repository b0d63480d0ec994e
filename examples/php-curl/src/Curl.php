<?php

declare(strict_types=1);

namespace SsojetM2m;

/**
 * One request at a time with ext-curl, over connections that are kept. Not final, so that your tests can stub it.
 *
 * A status of 0 means that there was no answer. An error with another status means that its body is not whole.
 *
 * @phpstan-type Exchange array{status: int, headers: array<string, string>, body: string, redirects: int, curlError: int, reason: string}
 */
class Curl
{
    /**
     * After a fork the handle of the parent is neither used, because both would read from one connection, each the
     * other's answers; nor closed, because over TLS that would be said on the parent's connection.
     *
     * @var array<int, \CurlHandle> by process
     */
    private array $idleHandles = [];

    /**
     * @param array<int, mixed> $options   those of curl_setopt
     * @param int               $mostBytes of the body, decoded; with more the request is given up
     *
     * @return Exchange
     */
    public function send(#[\SensitiveParameter] array $options, int $mostBytes = PHP_INT_MAX): array
    {
        // While a callback of the caller's runs, its handle is in use, and a request from there takes another.
        $process = (int) getmypid();
        $handle = $this->idleHandles[$process] ?? curl_init();
        unset($this->idleHandles[$process]);
        $headers = [];
        $body = '';
        curl_reset($handle);
        curl_setopt_array($handle, $options + [
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_REDIR_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_SUPPRESS_CONNECT_HEADERS => true,
            CURLOPT_NOSIGNAL => true,
            // All that curl can decode.
            CURLOPT_ENCODING => '',
            CURLOPT_HEADERFUNCTION => static function (\CurlHandle $handle, string $line) use (&$headers): int {
                if (str_starts_with($line, 'HTTP/')) {
                    // Of several answers (100 Continue, redirects) the last one counts.
                    $headers = [];
                } elseif (str_contains($line, ':')) {
                    [$name, $value] = explode(':', $line, 2);
                    $name = strtolower($name);
                    $headers[$name] = (isset($headers[$name]) ? $headers[$name] . ', ' : '') . trim($value);
                }

                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function (\CurlHandle $handle, string $part) use (&$body, $mostBytes): int {
                $body .= $part;

                // Any other number than was handed in makes curl give up.
                return strlen($body) > $mostBytes ? 0 : strlen($part);
            },
        ]);
        try {
            curl_exec($handle);

            return [
                'status' => (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE),
                'headers' => $headers,
                'body' => $body,
                'redirects' => (int) curl_getinfo($handle, CURLINFO_REDIRECT_COUNT),
                'curlError' => curl_errno($handle),
                'reason' => curl_error($handle),
            ];
        } finally {
            // The options hold the token or the secret.
            curl_reset($handle);
            $this->idleHandles[$process] = $handle;
        }
    }
}
