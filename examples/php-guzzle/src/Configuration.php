<?php

declare(strict_types=1);

namespace SsojetM2m;

/** The settings, checked once. An empty value is an absent one. No .env file is read. */
final class Configuration
{
    public const DEFAULT_TOKEN_URL = 'https://api.ssojet.com/oauth/token';
    public const POST = 'client_secret_post';
    public const BASIC = 'client_secret_basic';

    private const URL_PATTERN = '~^(?<scheme>https?)://(?<host>[^/?#@:%\[\]]+|\[[0-9a-f:.]+\])'
        . '(:(?<port>[1-9][0-9]{0,4}))?(/[^?#]*)?(?<query>\?[^#]*)?$~iD';

    // How each setting is named in errors: by its variable and by its parameter.
    private const CLIENT_ID = 'SSOJET_CLIENT_ID (clientId)';
    private const CLIENT_SECRET = 'SSOJET_CLIENT_SECRET (clientSecret)';
    private const API_URL = 'SSOJET_API_URL (apiUrl)';
    private const TOKEN_URL = 'SSOJET_TOKEN_URL (tokenUrl)';

    public readonly string $tokenUrl;
    public readonly string $scope;
    public readonly string $authMethod;

    /** Hides the secret, or the function that gives it, from print_r, var_dump, var_export and printed stacks. */
    private readonly \SensitiveParameterValue $clientSecret;

    /** @param string|\Closure(): string $clientSecret a function is called for each token request */
    public function __construct(
        public readonly string $clientId,
        #[\SensitiveParameter] string|\Closure $clientSecret,
        public readonly string $apiUrl,
        string $tokenUrl = '',
        string $scope = '',
        public readonly string $audience = '',
        string $authMethod = '',
    ) {
        $required = [self::CLIENT_ID => $clientId, self::CLIENT_SECRET => $clientSecret, self::API_URL => $apiUrl];
        $missing = array_keys($required, '', true);
        if ($missing !== []) {
            throw self::error('missing: ' . implode(', ', $missing));
        }
        self::checkCredential(self::CLIENT_ID, $clientId);
        if (is_string($clientSecret)) {
            self::checkCredential(self::CLIENT_SECRET, $clientSecret);
        }
        $this->clientSecret = new \SensitiveParameterValue($clientSecret);
        $this->tokenUrl = $tokenUrl === '' ? self::DEFAULT_TOKEN_URL : $tokenUrl;
        self::checkUrl(self::TOKEN_URL, $this->tokenUrl, mayHaveQuery: true);
        self::checkUrl(self::API_URL, $apiUrl, mayHaveQuery: false);
        self::checkUnicode('SSOJET_SCOPE (scope)', $scope);
        self::checkUnicode('SSOJET_AUDIENCE (audience)', $audience);
        $this->authMethod = $authMethod === '' ? self::POST : $authMethod;
        if (!in_array($this->authMethod, [self::POST, self::BASIC], true)) {
            throw self::error('SSOJET_AUTH_METHOD (authMethod) must be ' . self::POST . ' or ' . self::BASIC);
        }
        $scopes = preg_split('/\s+/u', $scope, -1, PREG_SPLIT_NO_EMPTY);
        $this->scope = implode(' ', $scopes === false ? [] : $scopes);
    }

    /**
     * @param array<array-key, mixed>|null $environment  by default that of this process, as dotenv libraries fill it
     * @param (\Closure(): string)|null    $clientSecret in place of SSOJET_CLIENT_SECRET
     */
    public static function fromEnvironment(
        #[\SensitiveParameter] ?array $environment = null,
        ?\Closure $clientSecret = null,
    ): self {
        // Symfony's Dotenv fills $_ENV and $_SERVER alone; web servers fill $_SERVER.
        $environment ??= $_ENV + getenv() + $_SERVER;
        $text = static fn (string $name): string => is_string($environment[$name] ?? null) ? $environment[$name] : '';

        return new self(
            clientId: $text('SSOJET_CLIENT_ID'),
            clientSecret: $clientSecret ?? $text('SSOJET_CLIENT_SECRET'),
            apiUrl: $text('SSOJET_API_URL'),
            tokenUrl: $text('SSOJET_TOKEN_URL'),
            scope: $text('SSOJET_SCOPE'),
            audience: $text('SSOJET_AUDIENCE'),
            authMethod: $text('SSOJET_AUTH_METHOD'),
        );
    }

    public function clientSecret(): string
    {
        /** @var mixed $secret since a function may return anything */
        $secret = $this->clientSecret->getValue();
        if ($secret instanceof \Closure) {
            try {
                $secret = $secret();
            } catch (\Throwable $error) {
                throw self::error('the function for the client secret failed', $error);
            }
        }
        if (!is_string($secret) || $secret === '') {
            throw self::error('missing: ' . self::CLIENT_SECRET . ', its function returned no text');
        }
        self::checkCredential(self::CLIENT_SECRET, $secret);

        return $secret;
    }

    /** What tells one token from another where a store is shared: a hash, fit for the name of a file or a cache key. */
    public function identity(): string
    {
        $scopes = array_unique(explode(' ', $this->scope));
        sort($scopes);
        $parts = [$this->tokenUrl, $this->clientId, $this->authMethod, $scopes, $this->audience];

        return substr(hash('sha256', serialize($parts)), 0, 40);
    }

    public function tokenHost(): string
    {
        return (string) parse_url($this->tokenUrl, PHP_URL_HOST);
    }

    /** An `http` URL is one of this machine: no proxy of the environment may take its requests elsewhere. */
    public static function isHttp(string $url): bool
    {
        return stripos($url, 'http:') === 0;
    }

    private static function checkUnicode(string $name, #[\SensitiveParameter] string $value): void
    {
        if (preg_match('//u', $value) !== 1) {
            throw self::error("$name is not valid UTF-8");
        }
    }

    private static function checkCredential(string $name, #[\SensitiveParameter] string $value): void
    {
        self::checkUnicode($name, $value);
        if (preg_match('/\p{Cc}/u', $value, $found) === 1) {
            $bytes = strtoupper(bin2hex($found[0]));
            throw self::error("$name contains a control character (hexadecimal $bytes; 0A is the line end of a file)");
        }
    }

    private static function checkUrl(string $name, string $url, bool $mayHaveQuery): void
    {
        self::checkUnicode($name, $url);
        // Guzzle and curl mend such characters silently, so the text is checked before either sees it.
        $hasOddCharacter = preg_match('/[\s\p{Cc}\\\\]/u', $url) === 1;
        $isUrl = preg_match(self::URL_PATTERN, $url, $part) === 1 && (int) ($part['port'] ?? 0) <= 65535;
        if ($hasOddCharacter || !$isUrl) {
            throw self::error("$name must be an http(s) URL of a host, without user info, fragment or white space");
        }
        if (!$mayHaveQuery && ($part['query'] ?? '') !== '') {
            throw self::error("$name must have no query");
        }
        $host = strtolower($part['host']);
        $isLoopbackV4 = str_starts_with($host, '127.') && filter_var($host, FILTER_VALIDATE_IP, FILTER_FLAG_IPV4) !== false;
        $isLoopback = $host === 'localhost' || $host === '[::1]' || $isLoopbackV4;
        if (self::isHttp($url) && !$isLoopback) {
            throw self::error("$name must be https: http is for localhost, 127.0.0.0/8 and [::1] alone");
        }
    }

    private static function error(string $message, ?\Throwable $cause = null): TokenException
    {
        return new TokenException(TokenException::CONFIGURATION, $message, previous: $cause);
    }
}
