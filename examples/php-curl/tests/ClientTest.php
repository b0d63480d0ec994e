<?php

declare(strict_types=1);

namespace SsojetM2m\Tests;

use PHPUnit\Framework\Attributes\DataProvider;
use SsojetM2m\ApiClient;
use SsojetM2m\Curl;
use SsojetM2m\TokenException;
use SsojetM2m\TokenProvider;
use SsojetM2m\TokenTransport;

/** The client that has the token. */
final class ClientTest extends M2MTestCase
{
    /** @var list<array{url: mixed, lines: list<string>, options: array<int, mixed>}> */
    private array $calls = [];

    public function testOneStubServesBothRequests(): void
    {
        $answer = ['headers' => [], 'redirects' => 0, 'curlError' => 0, 'reason' => ''];
        $curl = self::createStub(Curl::class);
        $curl->method('send')->willReturnOnConsecutiveCalls(
            ['status' => 200, 'body' => self::token()[1]] + $answer,
            ['status' => 200, 'body' => 'orders'] + $answer,
        );
        $tokens = new TokenProvider(self::configuration(), transport: new TokenTransport([], $curl));
        $client = new ApiClient(self::configuration(), $tokens, [], $curl);
        self::assertSame('orders', $client->request('GET', '/orders')['body']);
    }

    public function testTheProviderCanBeStubbed(): void
    {
        $stub = self::createStub(TokenProvider::class);
        $stub->method('getToken')->willReturn('stubbed');
        (new ApiClient(self::configuration(), $stub, [], $this->api([[200, '']])))->request('GET', '/orders');
        self::assertContains('Authorization: Bearer stubbed', $this->calls[0]['lines']);
    }

    public function testACallGoesBelowTheApiUrlWithAToken(): void
    {
        $client = $this->client([[200, 'a', ['X-Total' => '1']], [200, ''], [200, '']]);
        self::assertSame(
            ['status' => 200, 'headers' => ['x-total' => '1'], 'body' => 'a'],
            $client->request('GET', '/orders'),
        );
        $client->request('GET', 'orders?a=1', ['Host' => 'tenant.example']);
        $client->request('GET', 'http://localhost:8080/v1/next');
        self::assertSame(
            ['http://localhost:8080/v1/orders', 'http://localhost:8080/v1/orders?a=1', 'http://localhost:8080/v1/next'],
            array_column($this->calls, 'url'),
        );
        self::assertSame(['Host: tenant.example', 'Authorization: Bearer ' . self::TOKEN], $this->calls[1]['lines']);
        self::assertCount(1, $this->sent);
    }

    public function testACallHasATimeLimitThatTheCallerMayLift(): void
    {
        $client = $this->client([[200, ''], [200, ''], [200, '']]);
        $client->request('GET', '/orders');
        $client->request('GET', '/orders', curlOptions: [CURLOPT_TIMEOUT => 0]);
        $client->request('GET', '/orders', curlOptions: [CURLOPT_TIMEOUT_MS => 5]);
        self::assertSame(30_000, $this->calls[0]['options'][CURLOPT_TIMEOUT_MS]);
        self::assertArrayNotHasKey(CURLOPT_TIMEOUT_MS, $this->calls[1]['options']);
        self::assertSame(5, $this->calls[2]['options'][CURLOPT_TIMEOUT_MS]);
    }

    public function testAPathNamesNoOtherHost(): void
    {
        /** @var list<array{path: string}> $rows */
        $rows = self::rows('paths');
        foreach ([...$rows, ['path' => 'http://localhost:8080.evil.example/v1/']] as $row) {
            try {
                $this->client([[200, '']])->request('GET', str_replace('{decoy}', '127.0.0.1:9', $row['path']));
            } catch (TokenException $error) {
                self::assertSame(TokenException::CONFIGURATION, $error->kind);
            }
        }
        self::assertNotEmpty($this->calls);
        foreach ($this->calls as $call) {
            self::assertIsString($call['url']);
            self::assertStringStartsWith('http://localhost:8080/v1/', $call['url']);
        }
    }

    public function testALineEndBeginsNoOtherHeader(): void
    {
        foreach ([['GET', ['X-A' => "1\r\nX-B: 2"]], ["GET /x HTTP/1.1\r\n", []]] as [$method, $headers]) {
            $call = fn () => $this->client([])->request($method, '/orders', $headers);
            self::assertError(TokenException::CONFIGURATION, 'a line end', $call);
        }
    }

    public function testARefusedTokenIsReplacedAndTheRequestSentAgain(): void
    {
        $client = $this->client([[401, 'no'], [201, '']], [self::token(1000, 'other')]);
        $answer = $client->request('POST', '/orders', ['Content-Type' => 'application/json'], '{"a":1}');
        self::assertSame(201, $answer['status']);
        self::assertSame(['Content-Type: application/json', 'Authorization: Bearer other'], $this->calls[1]['lines']);
        self::assertSame('{"a":1}', $this->calls[1]['options'][CURLOPT_POSTFIELDS]);
        self::assertSame('POST', $this->calls[1]['options'][CURLOPT_CUSTOMREQUEST]);
        self::assertCount(2, $this->sent);
    }

    /** @return iterable<string, array{array<int, mixed>}> */
    public static function whatIsNotSentAgain(): iterable
    {
        yield 'a body that is gone' => [[CURLOPT_UPLOAD => true, CURLOPT_READFUNCTION => static fn (): string => '']];
        yield 'an answer that the caller has had' => [[CURLOPT_WRITEFUNCTION => static fn (mixed $h, string $part): int => strlen($part)]];
    }

    /** @param array<int, mixed> $options */
    #[DataProvider('whatIsNotSentAgain')]
    public function testOtherwiseTheRefusalIsTheCallersAndTheTokenIsDropped(array $options): void
    {
        $client = $this->client([[401, ''], [200, '']], [self::token(1000, 'other')]);
        self::assertSame(401, $client->request('PUT', '/orders', curlOptions: $options)['status']);
        self::assertCount(1, $this->sent, 'no other token is waited for');
        $client->request('GET', '/orders');
        self::assertContains('Authorization: Bearer other', $this->calls[1]['lines']);
    }

    public function testTheCallersOwnAuthorizationIsLeftAlone(): void
    {
        $client = $this->client([[401, ''], [401, ''], [401, '']]);
        $client->request('GET', '/orders', ['authorization' => 'Basic eA==']);
        $client->request('GET', '/orders', curlOptions: [CURLOPT_HTTPHEADER => ['Authorization: Basic eA==']]);
        $client->request('GET', '/orders', curlOptions: [CURLOPT_USERPWD => 'user:password']);
        self::assertSame([], $this->sent);
        self::assertSame([['authorization: Basic eA=='], ['Authorization: Basic eA=='], []], array_column($this->calls, 'lines'));
    }

    public function testWithoutATokenThereIsNoCall(): void
    {
        $tokens = new TokenProvider(self::configuration(), transport: $this->endpoint([400, '{"error":"invalid_scope"}']));
        $client = new ApiClient(self::configuration(), $tokens, [], $this->api([]));
        $error = self::errorOf(static fn () => $client->request('GET', '/orders'));
        self::assertSame('invalid_scope', $error->oauthError);
        self::assertPrintsNoSecret($error);
    }

    public function testErrorsOfACallHaveCurlsCodeAndShowNoToken(): void
    {
        $configuration = self::configuration(['SSOJET_API_URL' => 'http://127.0.0.1:1']);
        $client = new ApiClient($configuration, new TokenProvider($configuration, transport: $this->endpoint(self::token())));
        try {
            $client->request('GET', '/orders');
            self::fail('no error');
        } catch (\RuntimeException $error) {
            self::assertSame(CURLE_COULDNT_CONNECT, $error->getCode());
            self::assertPrintsNoSecret($error->getMessage(), $error->getTraceAsString());
        }
    }

    /** Without a fork, which not every PHP has. */
    public function testAfterAForkTheConnectionOfTheParentIsLeftAlone(): void
    {
        $curl = new Curl();
        $property = new \ReflectionProperty(Curl::class, 'idleHandles');
        $idleHandles = static function () use ($curl, $property): array {
            $curl->send([CURLOPT_URL => 'http://127.0.0.1:1']);

            return (array) $property->getValue($curl);
        };
        $ofParent = $idleHandles()[getmypid()];
        self::assertSame([getmypid() => $ofParent], $idleHandles(), 'kept for the next request');
        $property->setValue($curl, [0 => $ofParent]);
        $afterwards = $idleHandles();
        self::assertSame($ofParent, $afterwards[0], 'not closed');
        self::assertNotSame($ofParent, $afterwards[getmypid()]);
    }

    public function testPrintedFormsShowNoSecret(): void
    {
        $tokens = new TokenProvider(self::configuration(), transport: $this->endpoint(self::token()));
        $client = new ApiClient(self::configuration(), $tokens);
        $tokens->getToken();
        self::assertPrintsNoSecret($client, $tokens, self::configuration(), var_export(self::configuration(), true));
    }

    public function testTheFilesWorkWithoutComposer(): void
    {
        $program = 'require "src/autoload.php"; new SsojetM2m\ApiClient(new SsojetM2m\Configuration("a", "b", "https://c")); echo "ok";';
        self::assertSame('ok', shell_exec(escapeshellarg(PHP_BINARY) . ' -d display_errors=1 -r ' . escapeshellarg($program)));
    }

    /**
     * @param list<array{int, string, 2?: array<string, string>}> $answers
     * @param list<array{int, string}> $moreTokens
     */
    private function client(array $answers, array $moreTokens = []): ApiClient
    {
        $transport = $this->endpoint(self::token(), ...$moreTokens);
        $tokens = new TokenProvider(self::configuration(), transport: $transport);

        return new ApiClient(self::configuration(), $tokens, [], $this->api($answers));
    }

    /** @param list<array{int, string, 2?: array<string, string>}> $answers */
    private function api(array $answers): Curl
    {
        return $this->curl(function (array $options) use (&$answers): array {
            $lines = array_values(array_filter((array) $options[CURLOPT_HTTPHEADER], is_string(...)));
            $this->calls[] = ['url' => $options[CURLOPT_URL], 'lines' => $lines, 'options' => $options];

            return array_shift($answers) ?? throw new \LogicException('a call too many');
        });
    }
}
