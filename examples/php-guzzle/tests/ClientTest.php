<?php

declare(strict_types=1);

namespace SsojetM2m\Tests;

use GuzzleHttp\Client;
use GuzzleHttp\Exception\ConnectException;
use GuzzleHttp\Exception\GuzzleException;
use GuzzleHttp\Handler\MockHandler;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use GuzzleHttp\Pool;
use GuzzleHttp\Promise\PromiseInterface;
use GuzzleHttp\Psr7\PumpStream;
use GuzzleHttp\Psr7\Request;
use GuzzleHttp\Psr7\Response;
use GuzzleHttp\Psr7\Utils;
use PHPUnit\Framework\Attributes\DataProvider;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;
use SsojetM2m\ApiClient;
use SsojetM2m\TokenException;
use SsojetM2m\TokenProvider;
use SsojetM2m\TokenTransport;

/** The hook into Guzzle. */
final class ClientTest extends M2MTestCase
{
    /** @var list<RequestInterface> */
    private array $calls = [];

    /** @var array<array-key, mixed> */
    private array $lastOptions = [];

    public function testOneMockStubsBothRequests(): void
    {
        $mock = new MockHandler([new Response(200, [], self::token()[1]), new Response(200, [], 'orders')]);
        $transport = new TokenTransport(new Client(['handler' => $mock]));
        $tokens = new TokenProvider(self::configuration(), transport: $transport);
        $client = ApiClient::create(self::configuration(), $tokens, ['handler' => $mock]);
        self::assertSame('orders', (string) $client->get('/orders')->getBody());
    }

    public function testACallGoesBelowTheApiUrlWithAToken(): void
    {
        $client = $this->client([new Response(), new Response(), new Response()]);
        $client->get('/orders');
        $client->get('orders?a=1', ['timeout' => 0, 'headers' => ['Host' => 'tenant.example']]);
        $client->send(new Request('GET', 'http://localhost:8080/other'));
        self::assertSame(
            ['http://localhost:8080/v1/orders', 'http://localhost:8080/v1/orders?a=1', 'http://localhost:8080/other'],
            array_map(static fn (RequestInterface $call): string => (string) $call->getUri(), $this->calls),
        );
        self::assertSame('Bearer ' . self::TOKEN, $this->calls[1]->getHeaderLine('Authorization'));
        self::assertSame('tenant.example', $this->calls[1]->getHeaderLine('Host'));
        self::assertCount(1, $this->sent);
    }

    public function testACallHasATimeLimitThatTheCallerMayLift(): void
    {
        $client = $this->client([new Response(), new Response()]);
        $client->get('/orders');
        self::assertSame(30.0, $this->lastOptions['timeout']);
        $client->get('/orders', ['timeout' => 0]);
        self::assertSame(0, $this->lastOptions['timeout']);
    }

    public function testAPathNamesNoOtherHost(): void
    {
        /** @var list<array{path: string}> $rows */
        $rows = self::rows('paths');
        foreach ($rows as $row) {
            try {
                $this->client([new Response()])->get(str_replace('{decoy}', '127.0.0.1:9', $row['path']));
            } catch (GuzzleException | \InvalidArgumentException) {
            }
        }
        foreach ($this->calls as $call) {
            self::assertSame('localhost', $call->getUri()->getHost());
        }
    }

    public function testNoOtherOriginGetsTheToken(): void
    {
        $client = $this->client([new Response(302, ['Location' => 'http://127.0.0.1/elsewhere']), new Response()]);
        $client->get('/orders');
        self::assertFalse($this->calls[1]->hasHeader('Authorization'));
        foreach (['http://127.0.0.1/x', '//evil.example/x', 'https://localhost:8080/x', 'http://localhost/'] as $url) {
            self::assertError(TokenException::CONFIGURATION, 'SSOJET_API_URL alone', static fn () => $client->get($url));
        }
        self::assertCount(2, $this->calls);
    }

    public function testARefusedTokenIsReplacedAndTheRequestSentAgain(): void
    {
        $client = $this->client([new Response(401), new Response(201)], [self::token(1000, 'other')]);
        self::assertSame(201, $client->post('/orders', ['json' => ['a' => 1]])->getStatusCode());
        self::assertSame(['POST', '{"a":1}', 'Bearer other'], [
            $this->calls[1]->getMethod(),
            (string) $this->calls[1]->getBody(),
            $this->calls[1]->getHeaderLine('Authorization'),
        ]);
        self::assertCount(2, $this->sent);
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function whatIsNotSentAgain(): iterable
    {
        $parts = ['once'];
        $read = static function () use (&$parts): ?string {
            return array_shift($parts);
        };
        yield 'a body that is gone' => [['body' => new PumpStream($read)]];
        yield 'a sink' => [['sink' => Utils::streamFor('')]];
        yield 'a caller who has seen the head' => [['on_headers' => static function (): void {
        }]];
    }

    /** @param array<string, mixed> $options */
    #[DataProvider('whatIsNotSentAgain')]
    public function testOtherwiseTheRefusalIsTheCallersAndTheTokenIsDropped(array $options): void
    {
        $client = $this->client([new Response(401), new Response()], [self::token(1000, 'other')]);
        // @phpstan-ignore argument.type (Guzzle's own options)
        self::assertSame(401, $client->post('/orders', $options + ['http_errors' => false])->getStatusCode());
        self::assertCount(1, $this->sent, 'no other token is waited for');
        $client->get('/orders');
        self::assertSame('Bearer other', $this->calls[1]->getHeaderLine('Authorization'));
    }

    public function testTheCallersOwnAuthorizationIsLeftAlone(): void
    {
        $options = [
            ['headers' => ['Authorization' => 'Basic eA==']],
            ['auth' => ['user', 'password']],
            ['auth' => ['user', 'password', 'digest']],
            ['curl' => [CURLOPT_USERPWD => 'user:password']],
        ];
        foreach ($options as $option) {
            $this->client([new Response(401), new Response(401)])->get('/orders', $option + ['http_errors' => false]);
        }
        self::assertSame([], $this->sent);
        foreach ($this->calls as $call) {
            self::assertStringStartsNotWith('Bearer', $call->getHeaderLine('Authorization'));
        }
    }

    public function testWithoutATokenThereIsNoCall(): void
    {
        $tokens = new TokenProvider(self::configuration(), transport: $this->endpoint([400, '{"error":"invalid_scope"}']));
        $client = ApiClient::create(self::configuration(), $tokens, ['handler' => $this->api([])]);
        $seen = null;
        $client->getAsync('/orders')->then(null, static function (mixed $error) use (&$seen): void {
            $seen = $error;
        })->wait();
        self::assertInstanceOf(TokenException::class, $seen);
        self::assertSame('invalid_scope', $seen->oauthError);
    }

    public function testATokenRevokedInTheMiddleOfAPoolIsReplacedOnce(): void
    {
        $answer = static fn (RequestInterface $call): Response =>
            new Response($call->getHeaderLine('Authorization') === 'Bearer other' ? 200 : 401);
        $client = $this->client(array_fill(0, 40, $answer), [self::token(1000, 'other')]);
        $requests = array_fill(0, 20, new Request('GET', '/orders'));
        foreach (Pool::batch($client, $requests, ['concurrency' => 10]) as $result) {
            self::assertInstanceOf(Response::class, $result);
            self::assertSame(200, $result->getStatusCode());
        }
        self::assertCount(2, $this->sent);
    }

    public function testTheCallersStackIsKeptAndSeesNoToken(): void
    {
        $history = [];
        $stack = HandlerStack::create($this->api([new Response(), new Response()]));
        $stack->push(Middleware::history($history));
        $tokens = new TokenProvider(self::configuration(), transport: $this->endpoint(self::token()));
        ApiClient::create(self::configuration(), $tokens, ['handler' => $stack])->get('/orders');
        ApiClient::create(self::configuration(), $tokens, ['handler' => $stack])->get('/orders');
        self::assertTrue($this->calls[0]->hasHeader('Authorization'));
        $seen = array_column((array) $history, 'request');
        self::assertCount(2, $seen);
        foreach ($seen as $request) {
            self::assertInstanceOf(RequestInterface::class, $request);
            self::assertFalse($request->hasHeader('Authorization'));
        }
    }

    public function testErrorsOfACallAreGuzzlesAndShowNoToken(): void
    {
        $fails = static fn (RequestInterface $request): ConnectException => new ConnectException('refused', $request);
        try {
            $this->client([$fails])->get('/orders');
            self::fail('no error');
        } catch (ConnectException $error) {
            self::assertSame('/v1/orders', $error->getRequest()->getUri()->getPath());
            self::assertPrintsNoSecret(print_r($error, true));
        }
    }

    public function testWhatLiesBehindAnErrorShowsNoTokenEither(): void
    {
        $tooBig = ['on_headers' => static fn (): never => throw new \RuntimeException('too big')];
        $fails = static fn (RequestInterface $request): ConnectException =>
            new ConnectException('refused', $request, new \TypeError('why', 0, new ConnectException('first', $request)));
        $throws = static fn (RequestInterface $request): never => throw new \LogicException('of a callback');
        foreach ([[new Response(), $tooBig], [$fails, []], [$throws, []]] as [$answer, $options]) {
            try {
                $this->client([$answer])->get('/orders', $options);
                self::fail('no error');
            } catch (GuzzleException | \LogicException $error) {
                self::assertPrintsNoSecret(print_r($error, true));
                self::assertSame($error instanceof \LogicException, $error->getPrevious() === null);
            }
        }
    }

    public function testPrintedFormsOfTheClientShowNoSecret(): void
    {
        $tokens = new TokenProvider(self::configuration(), transport: $this->endpoint(self::token()));
        $client = ApiClient::create(self::configuration(), $tokens, ['handler' => new MockHandler([new Response()])]);
        $tokens->getToken();
        self::assertPrintsNoSecret($client, $tokens, self::configuration(), var_export(self::configuration(), true));
    }

    /**
     * @param list<Response|\Closure> $answers
     * @param list<array{int, string}> $moreTokens
     */
    private function client(array $answers, array $moreTokens = []): Client
    {
        $transport = $this->endpoint(self::token(), ...$moreTokens);
        $tokens = new TokenProvider(self::configuration(), transport: $transport);
        $stack = HandlerStack::create($this->api($answers));

        return ApiClient::create(self::configuration(), $tokens, ['handler' => $stack]);
    }

    /**
     * @param list<Response|\Closure> $answers
     *
     * @return \Closure(RequestInterface, array<array-key, mixed>): PromiseInterface<ResponseInterface, mixed>
     */
    private function api(array $answers): \Closure
    {
        $mock = new MockHandler($answers);

        return function (RequestInterface $request, array $options) use ($mock): PromiseInterface {
            $this->calls[] = $request;
            $this->lastOptions = $options;

            return $mock($request, $options);
        };
    }
}
