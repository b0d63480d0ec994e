<?php

declare(strict_types=1);

namespace SsojetM2m;

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use GuzzleHttp\Psr7\Uri;
use GuzzleHttp\Psr7\UriComparator;
use Psr\Http\Message\RequestInterface;

/**
 * Guzzle for the protected API: `$client->get('/orders')` goes below SSOJET_API_URL, with a token.
 *
 * @phpstan-import-type Handler from BearerTokenMiddleware
 */
final class ApiClient
{
    private function __construct()
    {
    }

    /**
     * Build it once and share it. Without a token provider, `proxy`, `verify` and `cert` hold for token requests too.
     *
     * @param array<string, mixed> $options those of Guzzle's own client
     */
    public static function create(Configuration $configuration, ?TokenProvider $tokens = null, array $options = []): Client
    {
        $apiUrl = rtrim($configuration->apiUrl, '/');
        $tokenOptions = array_intersect_key($options, ['proxy' => true, 'verify' => true, 'cert' => true, 'ssl_key' => true]);
        // @phpstan-ignore argument.type (Guzzle checks its options itself)
        $tokens ??= new TokenProvider($configuration, transport: new TokenTransport(new Client($tokenOptions)));
        $stack = self::stack($options['handler'] ?? null);
        $stack->unshift(Middleware::mapRequest(
            static fn (RequestInterface $request): RequestInterface => self::belowApiUrl($apiUrl, $request),
        ), 'ssojet_api_url');
        BearerTokenMiddleware::addTo($stack, $tokens, $apiUrl);
        $options = ['handler' => $stack] + $options + ['timeout' => Limits::API_CALL];
        if (Configuration::isHttp($apiUrl)) {
            $options += ['proxy' => ''];
        }

        // @phpstan-ignore argument.type (as above)
        return new Client($options);
    }

    /**
     * The caller's handler as Guzzle takes it; a stack is copied, so that the same one can serve other clients.
     *
     * @return HandlerStack<Handler>
     */
    private static function stack(mixed $handler): HandlerStack
    {
        if ($handler instanceof HandlerStack) {
            /** @var HandlerStack<Handler> $handler */
            return clone $handler;
        }

        /** @var HandlerStack<Handler> */
        return is_callable($handler) ? new HandlerStack($handler) : HandlerStack::create();
    }

    /** Guzzle's own base_uri would lose the path of the API URL to one that begins with a slash. */
    private static function belowApiUrl(string $apiUrl, RequestInterface $request): RequestInterface
    {
        $target = $request->getUri();
        if ($target->getScheme() === '' && $target->getHost() === '') {
            $url = new Uri($apiUrl . '/' . ltrim((string) $target, '/'));

            return $request->withUri($url, preserveHost: $request->hasHeader('Host'));
        }
        if (UriComparator::isCrossOrigin(new Uri($apiUrl), $target)) {
            $message = 'this client is for SSOJET_API_URL alone: write a path with a slash in front, "/orders"';
            throw new TokenException(TokenException::CONFIGURATION, $message);
        }

        return $request;
    }
}
