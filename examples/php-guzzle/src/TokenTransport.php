<?php

declare(strict_types=1);

namespace SsojetM2m;

use GuzzleHttp\Client;
use GuzzleHttp\ClientInterface;
use GuzzleHttp\Exception\GuzzleException;
use GuzzleHttp\Promise;
use GuzzleHttp\Psr7\DroppingStream;
use GuzzleHttp\Psr7\Utils;
use GuzzleHttp\TransferStats;
use Psr\Http\Message\ResponseInterface;

/**
 * Sends token requests with Guzzle.
 *
 * @phpstan-import-type Request from TokenEndpoint
 * @phpstan-import-type Answer from TokenEndpoint
 */
final class TokenTransport
{
    private const CURL_TIMED_OUT = 28;

    /** @param ClientInterface $client for token requests alone, with the options of your choice */
    public function __construct(private readonly ClientInterface $client = new Client())
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
        $response = null;
        $body = null;
        $reason = 'the request failed';
        $curlError = 0;
        $isGuzzleError = true;
        $options = self::options($request, $seconds);
        // Guzzle 7 and 8 have different exceptions for what happened, but the same statistics.
        $options['on_stats'] = static function (TransferStats $stats) use (&$response, &$curlError): void {
            $response = $stats->getResponse();
            $code = $stats->getHandlerErrorData();
            $curlError = is_int($code) ? $code : 0;
        };
        // Guzzle has one queue of promises for all. In one of our own, this request runs no callbacks of the caller's.
        $callersQueue = Promise\Utils::queue();
        Promise\Utils::queue(new Promise\TaskQueue(false));
        try {
            // @phpstan-ignore argument.type (Guzzle checks its options itself)
            $response = $this->client->request('POST', $request['url'], $options);
            $body = (string) $response->getBody();
        } catch (\Throwable $error) {
            // It holds the request and so the secret: it is never handed on.
            $reason = self::reason($error);
            $isGuzzleError = $error instanceof GuzzleException;
        } finally {
            Promise\Utils::queue($callersQueue);
        }
        if (!$response instanceof ResponseInterface || $curlError === self::CURL_TIMED_OUT) {
            throw TokenEndpoint::noAnswer($request['url'], $reason, $curlError, $isGuzzleError);
        }
        $isWhole = $body !== null && strlen($body) <= Limits::BODY_BYTES;

        return [
            'status' => $response->getStatusCode(),
            'contentType' => $response->getHeaderLine('Content-Type'),
            'retryAfter' => $response->getHeaderLine('Retry-After'),
            'body' => $isWhole ? $body : null,
        ];
    }

    /**
     * @param Request $request
     *
     * @return array<string, mixed>
     */
    private static function options(#[\SensitiveParameter] array $request, float $seconds): array
    {
        // Never 0: to Guzzle that is no limit at all.
        $seconds = max(0.001, $seconds);
        $options = [
            'headers' => $request['headers'],
            'body' => $request['body'],
            'timeout' => $seconds,
            'connect_timeout' => min(Limits::CONNECT, $seconds),
            'allow_redirects' => false,
            'http_errors' => false,
            'cookies' => false,
            // Takes no more than this, upon which curl gives up.
            'sink' => new DroppingStream(Utils::streamFor(''), Limits::BODY_BYTES),
        ];

        return Configuration::isHttp($request['url']) ? $options + ['proxy' => ''] : $options;
    }

    /** What curl says; of others the class alone, since their messages may quote the request. */
    private static function reason(#[\SensitiveParameter] \Throwable $error): string
    {
        $isCurls = preg_match('/^cURL error \d+: (.+?) \(see /', $error->getMessage(), $part) === 1;

        return $isCurls && $error instanceof GuzzleException ? $part[1] : $error::class;
    }
}
