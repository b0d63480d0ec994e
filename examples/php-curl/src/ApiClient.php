<?php

declare(strict_types=1);

namespace SsojetM2m;

/**
 * Calls the protected API: `$client->request('GET', '/orders')` goes below SSOJET_API_URL, with a token.
 * Build it once and share it.
 *
 * @phpstan-import-type Exchange from Curl
 */
final class ApiClient
{
    /** By each of these options a caller gives an Authorization of their own. */
    private const OWN_AUTHORIZATION = [CURLOPT_HTTPAUTH, CURLOPT_USERPWD, CURLOPT_USERNAME, CURLOPT_XOAUTH2_BEARER];

    /** With one of these the body cannot be sent again, or the caller has seen the answer already. */
    private const ONCE_ONLY = [CURLOPT_INFILE, CURLOPT_READFUNCTION, CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION, CURLOPT_FILE];

    private readonly string $apiUrl;
    private readonly TokenProvider $tokens;

    /** @param array<int, mixed> $curlOptions those of curl_setopt, for each request */
    public function __construct(
        Configuration $configuration,
        ?TokenProvider $tokens = null,
        private readonly array $curlOptions = [],
        private readonly Curl $curl = new Curl(),
    ) {
        $this->apiUrl = rtrim($configuration->apiUrl, '/');
        $this->tokens = $tokens ?? new TokenProvider($configuration);
    }

    /**
     * @param array<string, string> $headers
     * @param array<int, mixed>     $curlOptions those of curl_setopt, for this request
     *
     * @return array{status: int, headers: array<string, string>, body: string} names of headers are in lower case
     *
     * @throws TokenException    where there is no token, so the API was not called
     * @throws \RuntimeException where there is no whole answer; its code is curl's
     */
    public function request(
        string $method,
        string $path,
        array $headers = [],
        ?string $body = null,
        array $curlOptions = [],
    ): array {
        $options = $this->options($method, $path, $headers, $body, $curlOptions + $this->curlOptions);
        if (self::hasOwnAuthorization($options)) {
            return self::answer($this->curl->send($options));
        }
        $token = $this->tokens->getToken();
        $answer = $this->curl->send(self::withToken($options, $token));
        if ($answer['status'] === 401 && $answer['curlError'] === 0 && $answer['redirects'] === 0) {
            $canSendAgain = array_intersect_key(array_flip(self::ONCE_ONLY), $options) === [];
            $other = $this->tokens->handleUnauthorized($token, $canSendAgain);
            if ($other !== null) {
                $answer = $this->curl->send(self::withToken($options, $other));
            }
        }

        return self::answer($answer);
    }

    /**
     * @param array<string, string> $headers
     * @param array<int, mixed>     $curlOptions
     *
     * @return array<int, mixed>
     */
    private function options(string $method, string $path, array $headers, ?string $body, array $curlOptions): array
    {
        $lines = (array) ($curlOptions[CURLOPT_HTTPHEADER] ?? []);
        foreach ($headers as $name => $value) {
            // As curl wants a header that is there, but empty.
            $lines[] = $value === '' ? "$name;" : "$name: $value";
        }
        // Curl sends them as they are, and a line end would begin another header.
        if (preg_match('/[\r\n\0]/', $method . implode('', array_filter($lines, is_string(...)))) === 1) {
            throw new TokenException(TokenException::CONFIGURATION, 'a method or a header contains a line end');
        }
        $options = [
            CURLOPT_URL => $this->url($path),
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_NOBODY => $method === 'HEAD',
        ];
        if ($body !== null) {
            $options[CURLOPT_POSTFIELDS] = $body;
            if (!self::hasHeader($lines, 'content-type')) {
                // Else curl calls it a form.
                $lines[] = 'Content-Type:';
            }
        }
        $options[CURLOPT_HTTPHEADER] = $lines;
        $options += $curlOptions;
        if (!isset($options[CURLOPT_TIMEOUT])) {
            $options += [CURLOPT_TIMEOUT_MS => (int) (Limits::API_CALL * 1000)];
        }

        return Configuration::isHttp($this->apiUrl) ? $options + [CURLOPT_PROXY => ''] : $options;
    }

    /** Whatever the path holds, it names no other host: it is appended to the API URL. */
    private function url(string $path): string
    {
        if (preg_match('/[\x00-\x20\x7F\\\\]/', $path) === 1) {
            $message = 'a path contains white space, a control character or a backslash: write it percent-encoded';
            throw new TokenException(TokenException::CONFIGURATION, $message);
        }
        if (str_starts_with($path, "$this->apiUrl/")) {
            return $path;
        }
        if (preg_match('~^[a-z][a-z0-9+.-]*:/~i', $path) === 1) {
            $message = 'this client is for SSOJET_API_URL alone: write a path with a slash in front, "/orders"';
            throw new TokenException(TokenException::CONFIGURATION, $message);
        }

        return $this->apiUrl . '/' . ltrim($path, '/');
    }

    /**
     * @param array<int, mixed> $options
     *
     * @return array<int, mixed>
     */
    private static function withToken(array $options, #[\SensitiveParameter] string $token): array
    {
        $lines = (array) ($options[CURLOPT_HTTPHEADER] ?? []);

        return [CURLOPT_HTTPHEADER => [...array_values($lines), "Authorization: Bearer $token"]] + $options;
    }

    /** @param array<int, mixed> $options */
    private static function hasOwnAuthorization(array $options): bool
    {
        return self::hasHeader((array) $options[CURLOPT_HTTPHEADER], 'authorization')
            || array_intersect_key(array_flip(self::OWN_AUTHORIZATION), $options) !== [];
    }

    /** @param array<array-key, mixed> $lines */
    private static function hasHeader(array $lines, string $name): bool
    {
        return preg_grep("/^$name\s*[:;]/i", array_filter($lines, is_string(...))) !== [];
    }

    /**
     * @param Exchange $answer
     *
     * @return array{status: int, headers: array<string, string>, body: string}
     */
    private static function answer(array $answer): array
    {
        if ($answer['curlError'] !== 0) {
            throw new \RuntimeException("the API request failed: $answer[reason]", $answer['curlError']);
        }

        return ['status' => $answer['status'], 'headers' => $answer['headers'], 'body' => $answer['body']];
    }
}
