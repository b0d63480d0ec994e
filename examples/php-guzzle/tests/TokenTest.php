<?php

declare(strict_types=1);

namespace SsojetM2m\Tests;

use Psr\Log\LoggerInterface;
use SsojetM2m\Clock;
use SsojetM2m\Configuration;
use SsojetM2m\Store\FileTokenStore;
use SsojetM2m\Store\TokenStore;
use SsojetM2m\TokenEndpoint;
use SsojetM2m\TokenException;
use SsojetM2m\TokenProvider;
use SsojetM2m\TokenState;

/** Configuration, token request, cache and store. */
final class TokenTest extends M2MTestCase
{
    private const OTHER_TOKEN = 'token-two-abcdef';

    /** The time of the token provider's clock, which stands still unless it is moved. */
    private float $now = 0;

    /** @var list<float> */
    private array $sleeps = [];

    /** @var list<string> */
    private array $warnings = [];

    /** @var list<string> */
    private array $folders = [];

    protected function tearDown(): void
    {
        foreach ($this->folders as $folder) {
            array_map(unlink(...), array_filter((array) glob("$folder/*"), is_string(...)));
            rmdir($folder);
        }
    }

    // Configuration

    public function testEverythingMissingIsNamedAtOnce(): void
    {
        $error = self::assertError(TokenException::CONFIGURATION, 'missing', static fn () => Configuration::fromEnvironment([]));
        foreach (['SSOJET_CLIENT_ID (clientId)', 'SSOJET_CLIENT_SECRET (clientSecret)', 'SSOJET_API_URL (apiUrl)'] as $name) {
            self::assertStringContainsString($name, $error->getMessage());
        }
    }

    public function testValuesThatCannotBeMeantAreRefusedByName(): void
    {
        $refused = [
            'SSOJET_CLIENT_SECRET' => [self::SECRET . "\n", '0A'],
            'SSOJET_CLIENT_ID' => ["\xFF", 'UTF-8'],
            'SSOJET_SCOPE' => ["a\xFF", 'UTF-8'],
            'SSOJET_AUTH_METHOD' => ['none', 'client_secret_post or client_secret_basic'],
        ];
        foreach ($refused as $name => [$value, $text]) {
            $error = self::assertError(TokenException::CONFIGURATION, $text, static fn () => self::configuration([$name => $value]));
            self::assertStringContainsString($name, $error->getMessage());
            self::assertPrintsNoSecret($error);
        }
    }

    public function testUrls(): void
    {
        /** @var list<array{variables: list<string>, url: string, accepted: bool}> $rows */
        $rows = self::rows('urls');
        foreach ($rows as $row) {
            foreach ($row['variables'] as $variable) {
                $build = static fn (): Configuration => self::configuration([$variable => $row['url']]);
                if ($row['accepted']) {
                    $build();
                } else {
                    self::assertError(TokenException::CONFIGURATION, $variable, $build);
                }
            }
        }
    }

    public function testEnvironmentIsReadFromWhereDotenvLibrariesPutIt(): void
    {
        $before = $_ENV;
        $_ENV = ['SSOJET_CLIENT_ID' => 'cli', 'SSOJET_CLIENT_SECRET' => self::SECRET, 'SSOJET_API_URL' => 'https://a.example'] + $_ENV;
        try {
            self::assertSame('cli', Configuration::fromEnvironment()->clientId);
        } finally {
            $_ENV = $before;
        }
    }

    public function testTheSecretMayComeFromAFunction(): void
    {
        $secrets = ['first-secret', 'second-secret', ''];
        $function = static function () use (&$secrets): string {
            return array_shift($secrets) ?? throw new \RuntimeException('vault sealed');
        };
        $configuration = new Configuration('cli', $function, 'https://api.example.com');
        $tokens = new TokenProvider($configuration, null, null, $this->endpoint(self::token(), self::token()));
        $tokens->invalidate($tokens->getToken());
        $tokens->getToken();
        self::assertSame(['first-secret', 'second-secret'], array_column($this->forms(), 'client_secret'));
        $tokens->invalidate(self::TOKEN);
        self::assertError(TokenException::CONFIGURATION, 'missing: SSOJET_CLIENT_SECRET', $tokens->getToken(...));
        $error = self::assertError(TokenException::CONFIGURATION, 'function for the client secret failed', $tokens->getToken(...));
        self::assertSame('vault sealed', $error->getPrevious()?->getMessage());
    }

    // Token request

    public function testTheRequest(): void
    {
        $url = 'http://localhost/t?b=1&a=2&a=3';
        $settings = ['SSOJET_TOKEN_URL' => $url, 'SSOJET_SCOPE' => " a\u{A0}b\n c ", 'SSOJET_AUDIENCE' => '0'];
        $this->tokens([self::token()], $settings)->getToken();
        self::assertSame($url, $this->sent[0]['url']);
        $headers = $this->sent[0]['headers'];
        self::assertSame(['application/json', TokenEndpoint::USER_AGENT], [$headers['accept'], $headers['user-agent']]);
        self::assertSame('application/x-www-form-urlencoded', $headers['content-type']);
        self::assertArrayNotHasKey('authorization', $headers);
        self::assertEquals([
            'grant_type' => 'client_credentials',
            'client_id' => 'cli_test',
            'client_secret' => self::SECRET,
            'scope' => 'a b c',
            'audience' => '0',
        ], $this->forms()[0]);
    }

    public function testCredentials(): void
    {
        /** @var list<array{client_id: string, client_secret: string, client_id_encoded: list<string>, client_secret_encoded: list<string>}> $rows */
        $rows = self::rows('credentials');
        foreach ($rows as $i => $row) {
            $this->tokens([self::token()], [
                'SSOJET_CLIENT_ID' => $row['client_id'],
                'SSOJET_CLIENT_SECRET' => $row['client_secret'],
                'SSOJET_AUTH_METHOD' => 'client_secret_basic',
            ])->getToken();
            $header = $this->sent[$i]['headers']['authorization'];
            self::assertStringStartsWith('Basic ', $header);
            [$id, $secret] = explode(':', (string) base64_decode(substr($header, 6), true));
            self::assertContains($id, $row['client_id_encoded']);
            self::assertContains($secret, $row['client_secret_encoded']);
            self::assertSame('grant_type=client_credentials', $this->sent[$i]['body']);
        }
    }

    public function testResponses(): void
    {
        /** @var list<array{name: string, body: string, error?: string, mentions?: string, token?: string, lifetime_s?: int}> $rows */
        $rows = self::rows('responses');
        foreach ($rows as $row) {
            $this->now = 0;
            $tokens = $this->tokens([[200, $row['body']], [400, '{"error":"early"}'], [400, '{"error":"late"}']]);
            if (isset($row['error'])) {
                $error = self::assertError($row['error'], $row['mentions'] ?? '', $tokens->getToken(...));
                self::assertSame([200, false], [$error->status, $error->mayRetry], $row['name']);
                continue;
            }
            $lifeSeconds = $row['lifetime_s'] ?? 0;
            self::assertSame($row['token'] ?? '', $tokens->getToken(), $row['name']);
            $this->now = $lifeSeconds - 0.01;
            self::assertSame($row['token'] ?? '', $tokens->getToken(), 'still served, though its renewal fails');
            $this->now = $lifeSeconds;
            self::assertError(TokenException::OAUTH, 'late', $tokens->getToken(...));
        }
    }

    public function testOnlyWhatMayPassIsTriedAgain(): void
    {
        $error = self::assertError(TokenException::TRANSPORT, '503', $this->tokens([[503, ''], [500, ''], [503, '']])->getToken(...));
        self::assertSame([503, true], [$error->status, $error->mayRetry]);
        self::assertCount(2, $this->sleeps);
        self::assertLessThanOrEqual(0.5, $this->sleeps[0]);
        self::assertLessThanOrEqual(1, $this->sleeps[1]);
        foreach ([[302, ''], [404, '<html>'], [201, '{"access_token":"t"}'], [200, str_repeat('x', 1_100_000)]] as $answer) {
            $error = self::errorOf($this->tokens([$answer])->getToken(...));
            self::assertSame([TokenException::PROTOCOL, $answer[0]], [$error->kind, $error->status]);
            $isWrongUrl = $answer[0] > 300;
            self::assertSame($isWrongUrl, str_contains($error->getMessage(), 'check SSOJET_TOKEN_URL'));
        }
    }

    public function testRetryAfterReplacesTheWait(): void
    {
        $date = gmdate('D, d M Y H:i:s \G\M\T', 1007);
        $answers = [[429, '', ['Retry-After' => '3']], [503, '', ['Retry-After' => $date]], self::token()];
        $this->now = 1000;
        self::assertSame(self::TOKEN, $this->tokens($answers)->getToken());
        self::assertEqualsWithDelta([3, 4], $this->sleeps, 0.01);
        $late = $this->tokens([[503, '', ['Retry-After' => '60']]])->getToken(...);
        self::assertError(TokenException::TRANSPORT, 'a wait of 60.0 s is too long', $late);
    }

    public function testGettingATokenTakesThirtySecondsAtMost(): void
    {
        $slow = function (): array {
            $this->now += 14;

            return [503, '', ['Retry-After' => '5']];
        };
        self::assertError(TokenException::TRANSPORT, 'too long', $this->tokens([$slow, $slow])->getToken(...));
        self::assertLessThanOrEqual(33, $this->now);
        $function = function (): string {
            $this->now += 31;

            return self::SECRET;
        };
        $configuration = new Configuration('cli', $function, 'https://api.example.com');
        $tokens = new TokenProvider($configuration, null, null, $this->endpoint(), $this->clock());
        self::assertError(TokenException::TRANSPORT, 'the function for the client secret took too long', $tokens->getToken(...));
    }

    public function testAnOAuthErrorIsCarriedWithoutSecrets(): void
    {
        foreach ([self::SECRET, base64_encode('cli_test:' . self::SECRET), self::TOKEN, "s3cret-of\x07-the-client"] as $text) {
            $fields = [
                'error' => 'invalid_client',
                'error_description' => "no: $text",
                'error_uri' => str_repeat('é', 300),
                'access_token' => self::TOKEN,
            ];
            $answer = [401, json_encode($fields, JSON_THROW_ON_ERROR)];
            $error = self::assertError(TokenException::OAUTH, 'client_secret_basic', $this->tokens([$answer])->getToken(...));
            self::assertSame(['invalid_client', '[removed]', 401], [$error->oauthError, $error->oauthDescription, $error->status]);
            self::assertSame(str_repeat('é', 256), $error->oauthUri);
            self::assertPrintsNoSecret($error);
        }
    }

    // Cache

    public function testDecisions(): void
    {
        /** @var list<array{name: string, now: float, held: array{early_at: float, expires_at: float}|null, renewing: bool, paused_until: float, use: bool, renew: bool}> $rows */
        $rows = self::rows('decisions');
        foreach ($rows as $row) {
            $held = $row['held'];
            $times = [$held['early_at'] ?? 0, $held['expires_at'] ?? 0, $row['paused_until']];
            $state = new TokenState($held === null ? '' : 't', ...$times);
            $decision = $state->decide($row['now'], $row['renewing']);
            self::assertSame(['use' => $row['use'], 'renew' => $row['renew']], $decision, $row['name']);
        }
    }

    public function testLifeIsCountedFromBeforeTheRequest(): void
    {
        $slow = function (): array {
            $this->now += 5;

            return self::token(100);
        };
        $tokens = $this->tokens([$slow, self::token(100, self::OTHER_TOKEN)]);
        $tokens->getToken();
        $this->now = 89.9;
        self::assertSame(self::TOKEN, $tokens->getToken());
        $this->now = 90;
        self::assertSame(self::OTHER_TOKEN, $tokens->getToken());
    }

    public function testAFailedRenewalIsOneWarningAndAPause(): void
    {
        $failure = [503, json_encode(['error' => 'oops', 'error_description' => self::SECRET], JSON_THROW_ON_ERROR)];
        $tokens = $this->tokens([self::token(), $failure, $failure]);
        $tokens->getToken();
        $this->now = 950;
        self::assertSame([self::TOKEN, self::TOKEN], [$tokens->getToken(), $tokens->getToken()]);
        self::assertCount(1, $this->warnings);
        self::assertMatchesRegularExpression('/^SSOJet client cli_test at localhost: .*503: oops, \[removed\]/', $this->warnings[0]);
        self::assertPrintsNoSecret($this->warnings);
        $this->now = 980;
        self::assertSame(self::TOKEN, $tokens->getToken());
        self::assertCount(3, $this->sent, 'the pause is over');
    }

    public function testTheStepsAfterARefusal(): void
    {
        $answers = [self::token(), self::token(1000, self::OTHER_TOKEN), self::token(1000, 'third')];
        $tokens = $this->tokens($answers);
        $tokens->getToken();
        self::assertSame(self::OTHER_TOKEN, $tokens->handleUnauthorized(self::TOKEN, true));
        self::assertSame(self::OTHER_TOKEN, $tokens->handleUnauthorized(self::TOKEN, true), 'another is held');
        self::assertNull($tokens->handleUnauthorized(self::OTHER_TOKEN, true), 'one was dropped lately');
        self::assertSame(self::OTHER_TOKEN, $tokens->getToken());
        $this->now = 30;
        self::assertNull($tokens->handleUnauthorized(self::OTHER_TOKEN, false), 'the body cannot be sent again');
        self::assertSame('third', $tokens->getToken());
    }

    public function testARefusalThatDropsNoTokenDoesNotCountAsOne(): void
    {
        $answers = [self::token(), self::token(1000, self::OTHER_TOKEN), self::token(1000, 'third')];
        $tokens = $this->tokens($answers);
        $tokens->invalidate($tokens->getToken());
        self::assertSame(self::OTHER_TOKEN, $tokens->handleUnauthorized(self::TOKEN, true));
        self::assertSame('third', $tokens->handleUnauthorized(self::OTHER_TOKEN, true));
    }

    public function testATransportThatFailsIsToldByItsClass(): void
    {
        $error = self::assertError(
            TokenException::TRANSPORT,
            'no answer from the token endpoint at localhost: DomainException',
            $this->tokens([new \DomainException(self::SECRET)])->getToken(...),
        );
        self::assertFalse($error->mayRetry);
        self::assertNull($error->getPrevious());
        self::assertPrintsNoSecret($error);
    }

    // Store

    public function testAStoreOutlivesTheProcess(): void
    {
        $folder = $this->folder();
        $this->tokens([self::token()], [], new FileTokenStore($folder))->getToken();
        $second = $this->tokens([self::token(1000, self::OTHER_TOKEN)], [], new FileTokenStore($folder));
        self::assertSame(self::TOKEN, $second->getToken());
        $second->invalidate(self::TOKEN);
        self::assertSame(self::OTHER_TOKEN, $second->getToken());
        self::assertSame(0700, fileperms($folder) & 0777);
        foreach ((array) glob("$folder/*") as $file) {
            self::assertSame(0600, fileperms((string) $file) & 0777);
        }
        $other = $this->tokens([self::token(1000, 'third')], ['SSOJET_SCOPE' => 'x'], new FileTokenStore($folder));
        self::assertSame('third', $other->getToken(), 'another scope is another token');
    }

    public function testWhatAKilledWriterLeftBehindIsRemovedAfterAMinute(): void
    {
        $store = new FileTokenStore($folder = $this->folder());
        $store->write('a', 'first');
        touch("$folder/a.0123.new", time() - 61);
        touch("$folder/a.4567.new");
        $store->write('a', 'second');
        self::assertSame(['a.4567.new', 'a.json'], array_slice((array) scandir($folder), 2));
        self::assertSame('second', $store->read('a'));
    }

    public function testALockOfAnotherProcessIsWaitedForTenSeconds(): void
    {
        $folder = $this->folder();
        $unlock = (new FileTokenStore($folder))->lock(self::configuration()->identity(), 0);
        self::assertNotNull($unlock);
        $tokens = $this->tokens([self::token()], [], new FileTokenStore($folder, $this->clock()));
        self::assertSame(self::TOKEN, $tokens->getToken());
        self::assertEqualsWithDelta(10, $this->now, 0.1);
        $this->now = 950;
        self::assertSame(self::TOKEN, $tokens->getToken(), 'in the early window not at all');
        self::assertEqualsWithDelta(950, $this->now, 0.001);
        $unlock();
    }

    public function testATokenThatGoesWhileAnotherProcessRenewsItIsWaitedFor(): void
    {
        $this->now = 800;
        $text = '{"token":"%s","early_at":%d,"expires_at":900,"paused_until":0,"refused_at":null}';
        $store = self::createStub(TokenStore::class);
        $dropped = sprintf($text, '', 0);
        $looks = [sprintf($text, self::TOKEN, 700), $dropped, $dropped, sprintf($text, self::OTHER_TOKEN, 850)];
        $store->method('read')->willReturnOnConsecutiveCalls(...$looks);
        $unlock = static fn (): null => null;
        $lock = static fn (string $identity, float $seconds): ?\Closure => $seconds > 0 ? $unlock : null;
        $store->method('lock')->willReturnCallback($lock);
        self::assertSame(self::OTHER_TOKEN, $this->tokens([], [], $store)->getToken());
    }

    public function testAStoreThatFailsIsAMissAndOneWarning(): void
    {
        $store = self::createStub(TokenStore::class);
        foreach (['read', 'write', 'lock'] as $method) {
            $store->method($method)->willThrowException(new \RuntimeException("no $method"));
        }
        $tokens = $this->tokens([self::token()], [], $store);
        self::assertSame([self::TOKEN, self::TOKEN], [$tokens->getToken(), $tokens->getToken()]);
        self::assertCount(1, $this->warnings);
        self::assertStringContainsString('tokens are not shared between processes: no read', $this->warnings[0]);
    }

    public function testAStoreThatHoldsNonsenseIsAMiss(): void
    {
        $nonsense = [
            'no JSON' => "\0x{",
            'other JSON' => '{"token":"a"}',
            'no token' => '{"token":"a\r\nX: 1","early_at":9e4,"expires_at":9e4,"paused_until":0,"refused_at":null}',
            'a clock that was ahead' => '{"token":"a","early_at":9e9,"expires_at":9e9,"paused_until":0,"refused_at":9e9}',
        ];
        foreach ($nonsense as $what => $text) {
            $store = new FileTokenStore($this->folder());
            $store->write(self::configuration()->identity(), $text);
            $tokens = $this->tokens([self::token(), self::token(1000, self::OTHER_TOKEN)], [], $store);
            self::assertSame(self::TOKEN, $tokens->getToken(), $what);
            self::assertSame(self::OTHER_TOKEN, $tokens->handleUnauthorized(self::TOKEN, true), $what);
        }
    }

    private function folder(): string
    {
        return $this->folders[] = sys_get_temp_dir() . '/ssojet-m2m-' . bin2hex(random_bytes(8));
    }

    /**
     * @param list<array{int, string, 2?: array<string, string>}|\Throwable|\Closure(): array{int, string}> $answers
     * @param array<string, mixed> $settings
     */
    private function tokens(array $answers, array $settings = [], ?TokenStore $store = null): TokenProvider
    {
        // Static, so that a printed error does not show this test.
        $warnings = &$this->warnings;
        $logger = self::createStub(LoggerInterface::class);
        $logger->method('warning')->willReturnCallback(static function (string $message, array $context) use (&$warnings): void {
            $warnings[] = $message . json_encode($context);
        });

        return new TokenProvider(
            self::configuration($settings),
            $store,
            $logger,
            $this->endpoint(...$answers),
            $this->clock(),
        );
    }

    /** @return list<array<array-key, mixed>> the forms that the token endpoint was sent */
    private function forms(): array
    {
        return array_map(static function (array $request): array {
            parse_str($request['body'], $form);

            return $form;
        }, $this->sent);
    }

    private function clock(): Clock
    {
        return new class ($this->now, $this->sleeps) extends Clock {
            /** @param list<float> $sleeps */
            public function __construct(public float &$now, public array &$sleeps)
            {
            }

            public function utc(): float
            {
                return $this->now;
            }

            public function monotonic(): float
            {
                return $this->now;
            }

            public function sleep(float $seconds): void
            {
                $this->now += $seconds;
                $this->sleeps[] = $seconds;
            }
        };
    }
}
