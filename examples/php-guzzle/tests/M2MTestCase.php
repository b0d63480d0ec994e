<?php

declare(strict_types=1);

namespace SsojetM2m\Tests;

use GuzzleHttp\Client;
use GuzzleHttp\Promise\Create;
use GuzzleHttp\Promise\PromiseInterface;
use GuzzleHttp\Psr7\Response;
use PHPUnit\Framework\TestCase;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;
use SsojetM2m\Configuration;
use SsojetM2m\TokenException;
use SsojetM2m\TokenTransport;

/** What all tests need, and a token endpoint of canned answers. */
abstract class M2MTestCase extends TestCase
{
    protected const SECRET = 's3cret-of-the-client';
    protected const TOKEN = 'token-one-abcdef';

    /** @var list<array{url: string, headers: array<string, string>, body: string}> what the token endpoint was sent */
    protected array $sent = [];

    protected function setUp(): void
    {
        // Stacks hold arguments, as they do where PHP has no php.ini.
        ini_set('zend.exception_ignore_args', '0');
    }

    /** @param array<string, mixed> $settings */
    protected static function configuration(array $settings = []): Configuration
    {
        return Configuration::fromEnvironment($settings + [
            'SSOJET_CLIENT_ID' => 'cli_test',
            'SSOJET_CLIENT_SECRET' => self::SECRET,
            'SSOJET_API_URL' => 'http://localhost:8080/v1',
            'SSOJET_TOKEN_URL' => 'http://localhost:8080/token',
        ]);
    }

    /** @return array{int, string} */
    protected static function token(int $life = 1000, string $token = self::TOKEN): array
    {
        $fields = ['access_token' => $token, 'token_type' => 'Bearer', 'expires_in' => $life];

        return [200, json_encode($fields, JSON_THROW_ON_ERROR)];
    }

    /** @param array{int, string, 2?: array<string, string>}|\Throwable|\Closure(): array{int, string} ...$answers in order */
    protected function endpoint(array|\Throwable|\Closure ...$answers): TokenTransport
    {
        $answer = function (RequestInterface $request) use (&$answers): PromiseInterface {
            $headers = [];
            foreach ($request->getHeaders() as $name => $values) {
                $headers[strtolower((string) $name)] = implode(', ', $values);
            }
            $this->sent[] = [
                'url' => (string) $request->getUri(),
                'headers' => $headers,
                'body' => (string) $request->getBody(),
            ];
            $answer = array_shift($answers);
            $answer = $answer instanceof \Closure ? $answer() : $answer;
            self::assertNotNull($answer, 'a token request too many');

            /** @var PromiseInterface<ResponseInterface, mixed> */
            return is_array($answer)
                ? Create::promiseFor(new Response($answer[0], $answer[2] ?? [], $answer[1]))
                : Create::rejectionFor($answer);
        };
        // Hidden, so that a printed client does not show this test.
        $hidden = new \SensitiveParameterValue($answer);
        $handler = static fn (#[\SensitiveParameter] RequestInterface $request): PromiseInterface => $hidden->getValue()($request);

        return new TokenTransport(new Client(['handler' => $handler]));
    }

    protected static function errorOf(callable $work): TokenException
    {
        try {
            $work();
        } catch (TokenException $error) {
            return $error;
        }
        self::fail('no error');
    }

    protected static function assertError(string $kind, string $text, callable $work): TokenException
    {
        $error = self::errorOf($work);
        self::assertSame($kind, $error->kind, $error->getMessage());
        self::assertStringContainsString($text, $error->getMessage());

        return $error;
    }

    /** In none of the forms in which a program may print it; of an error's stack, in the frames above the test's. */
    protected static function assertPrintsNoSecret(mixed ...$values): void
    {
        foreach ($values as $value) {
            if ($value instanceof \Throwable) {
                $classes = array_map(static fn (array $frame): string => $frame['class'] ?? '', $value->getTrace());
                $ofTheTest = array_keys(array_filter($classes, static fn (string $class): bool => str_starts_with($class, __NAMESPACE__)));
                $value = [(string) $value, array_slice($value->getTrace(), 0, $ofTheTest[0])];
            }
            ob_start();
            var_dump($value);
            foreach ([(string) ob_get_clean(), print_r($value, true), (string) json_encode($value)] as $form) {
                self::assertStringNotContainsString(self::SECRET, $form);
                self::assertStringNotContainsString(self::TOKEN, $form);
            }
        }
    }

    /** The rows of a table of vectors.json. */
    protected static function rows(string $table): mixed
    {
        $tables = json_decode((string) file_get_contents(__DIR__ . '/vectors.json'), true);
        self::assertIsArray($tables);
        self::assertNotEmpty($tables[$table]);

        return $tables[$table];
    }
}
