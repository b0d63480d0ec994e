<?php

declare(strict_types=1);

namespace SsojetM2m;

/**
 * Sends token requests with curl.
 *
 * @phpstan-import-type Request from TokenEndpoint
 * @phpstan-import-type Answer from TokenEndpoint
 */
final class TokenTransport
{
    /** @param array<int, mixed> $curlOptions for token requests alone: a proxy, a file of certificates */
    public function __construct(private readonly array $curlOptions = [], private readonly Curl $curl = new Curl())
    {
    }

    /**
     * @param Request $request
     * @param float   $seconds until the last byte of the answer
     *
     * @return Answer
     *
     * @throws TokenException where there is no answer
     */
    public function send(#[\SensitiveParameter] array $request, float $seconds): array
    {
        try {
            $answer = $this->curl->send($this->options($request, $seconds), Limits::BODY_BYTES);
        } catch (\Throwable $error) {
            // Of a stub or a callback of the caller's. Its message may quote the request.
            throw TokenEndpoint::noAnswer($request['url'], $error::class, 0, mayRetry: false);
        }
        if ($answer['status'] === 0 || $answer['curlError'] === CURLE_OPERATION_TIMEOUTED) {
            throw TokenEndpoint::noAnswer($request['url'], $answer['reason'], $answer['curlError']);
        }

        return [
            'status' => $answer['status'],
            'contentType' => $answer['headers']['content-type'] ?? '',
            'retryAfter' => $answer['headers']['retry-after'] ?? '',
            'body' => $answer['curlError'] === 0 ? $answer['body'] : null,
        ];
    }

    /**
     * @param Request $request
     *
     * @return array<int, mixed>
     */
    private function options(#[\SensitiveParameter] array $request, float $seconds): array
    {
        // Never 0: to curl that is no limit at all.
        $milliseconds = max(1, (int) ($seconds * 1000));
        $lines = ['Expect:'];
        foreach ($request['headers'] as $name => $value) {
            $lines[] = "$name: $value";
        }
        $options = [
            CURLOPT_URL => $request['url'],
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $request['body'],
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_TIMEOUT_MS => $milliseconds,
            CURLOPT_CONNECTTIMEOUT_MS => min($milliseconds, (int) (Limits::CONNECT * 1000)),
        ] + $this->curlOptions;

        return Configuration::isHttp($request['url']) ? $options + [CURLOPT_PROXY => ''] : $options;
    }
}
