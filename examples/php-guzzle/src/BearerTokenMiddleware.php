<?php

declare(strict_types=1);

namespace SsojetM2m;

use GuzzleHttp\HandlerStack;
use GuzzleHttp\Promise\Create;
use GuzzleHttp\Promise\PromiseInterface;
use GuzzleHttp\Psr7\Uri;
use GuzzleHttp\Psr7\UriComparator;
use Psr\Http\Client\NetworkExceptionInterface;
use Psr\Http\Client\RequestExceptionInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\UriInterface;

/**
 * Gives each request to the API its token, and answers a 401 with one resend.
 *
 * @phpstan-type Options array<array-key, mixed>
 * @phpstan-type Promise PromiseInterface<ResponseInterface, mixed>
 * @phpstan-type Handler callable(RequestInterface, Options): Promise
 */
final class BearerTokenMiddleware
{
    private const HAS_OWN_AUTHORIZATION = 'ssojet_has_own_authorization';

    private readonly UriInterface $apiUrl;

    public function __construct(private readonly TokenProvider $tokens, string $apiUrl)
    {
        $this->apiUrl = new Uri($apiUrl);
    }

    /** @param HandlerStack<Handler> $stack to which nothing is pushed afterwards: it would see the token */
    public static function addTo(HandlerStack $stack, TokenProvider $tokens, string $apiUrl): void
    {
        // Guzzle 8 removes the option `auth` before it comes to us, so it is noted above.
        $stack->unshift(static fn (callable $next): \Closure => static fn (
            RequestInterface $request,
            array $options,
        ): PromiseInterface => $next($request, $options + [self::HAS_OWN_AUTHORIZATION => !empty($options['auth'])]));
        // Last: below redirects it sees every hop, and what lies above never sees the token.
        $stack->push(new self($tokens, $apiUrl), 'ssojet_bearer_token');
    }

    /** @param Handler $next */
    public function __invoke(callable $next): \Closure
    {
        return function (RequestInterface $request, array $options) use ($next): PromiseInterface {
            $isForApi = !UriComparator::isCrossOrigin($this->apiUrl, $request->getUri());
            if (!$isForApi || self::hasOwnAuthorization($request, $options)) {
                return $next($request, $options);
            }
            try {
                // Hidden, because a printed stack shows what a closure has captured.
                $token = new \SensitiveParameterValue($this->tokens->getToken());
            } catch (TokenException $error) {
                return self::rejectWithoutToken($error);
            }
            $resendIfRefused = function (ResponseInterface $answer) use ($next, $request, $options, $token) {
                if ($answer->getStatusCode() !== 401) {
                    return $answer;
                }
                $canSendAgain = self::canSendAgain($request, $options);
                $other = $this->tokens->handleUnauthorized($token->getValue(), $canSendAgain);
                if ($other === null) {
                    return $answer;
                }
                $answer->getBody()->close();

                return self::send($next, $request, $options, $other);
            };

            return self::send($next, $request, $options, $token->getValue())->then($resendIfRefused);
        };
    }

    /**
     * @param Handler $next
     * @param Options $options
     *
     * @return Promise
     */
    private static function send(
        callable $next,
        RequestInterface $request,
        array $options,
        #[\SensitiveParameter] string $token,
    ): PromiseInterface {
        if ($request->getBody()->isSeekable()) {
            $request->getBody()->rewind();
        }
        try {
            $authorized = $request->withHeader('Authorization', 'Bearer ' . $token);

            return $next($authorized, $options)->otherwise(self::rejectWithoutToken(...));
        } catch (\Throwable $error) {
            return self::rejectWithoutToken($error);
        }
    }

    /**
     * Whether the body can be read twice, nobody has led the request elsewhere, and the caller has not seen the answer.
     *
     * @param Options $options
     */
    private static function canSendAgain(RequestInterface $request, array $options): bool
    {
        $isRedirected = isset($options['__redirect_count']); // set by Guzzle's own middleware
        if ($isRedirected && !in_array($request->getMethod(), ['GET', 'HEAD'], true)) {
            return false;
        }
        $size = $request->getBody()->getSize();
        $isBodyKept = $size === 0 || ($size !== null && $request->getBody()->isSeekable());

        return $isBodyKept && !isset($options['sink']) && !isset($options['on_headers']);
    }

    /**
     * The caller's own Authorization, as a header or by an option for it, is left alone.
     *
     * @param Options $options
     */
    private static function hasOwnAuthorization(RequestInterface $request, array $options): bool
    {
        if ($request->hasHeader('Authorization') || !empty($options['auth']) || !empty($options[self::HAS_OWN_AUTHORIZATION])) {
            return true;
        }
        $curl = $options['curl'] ?? null;

        return is_array($curl) && $curl !== [] && array_intersect_key($curl, [
            CURLOPT_HTTPAUTH => true,
            CURLOPT_USERPWD => true,
            CURLOPT_USERNAME => true,
            CURLOPT_XOAUTH2_BEARER => true,
        ]) !== [];
    }

    /**
     * Guzzle's errors keep the request as it was sent, and so do the arguments in the stack of each error: print_r()
     * shows both, of an error and of what lies behind it.
     *
     * @return Promise
     */
    private static function rejectWithoutToken(#[\SensitiveParameter] mixed $error): PromiseInterface
    {
        $withoutArguments = static fn (array $frame): array => array_diff_key($frame, ['args' => true]);
        for ($cause = $error; $cause instanceof \Throwable; $cause = $cause->getPrevious()) {
            if ($cause instanceof NetworkExceptionInterface || $cause instanceof RequestExceptionInterface) {
                self::removeAuthorization($cause);
            }
            $stack = new \ReflectionProperty($cause instanceof \Error ? \Error::class : \Exception::class, 'trace');
            $stack->setValue($cause, array_map($withoutArguments, $cause->getTrace()));
        }

        /** @var Promise */
        return Create::rejectionFor($error);
    }

    private static function removeAuthorization(NetworkExceptionInterface|RequestExceptionInterface $error): void
    {
        $class = new \ReflectionClass($error);
        while ($class !== false && !$class->hasProperty('request')) {
            $class = $class->getParentClass();
        }
        if ($class !== false) {
            $class->getProperty('request')->setValue($error, $error->getRequest()->withoutHeader('Authorization'));
        }
    }
}
