<?php

declare(strict_types=1);

namespace SsojetM2m;

/**
 * One token request: what is sent, and what the answer means (RFC 6749, sections 4.4 and 5).
 *
 * The body of an answer is null where it was cut short or too long.
 *
 * @phpstan-type Request array{url: string, headers: array<string, string>, body: string}
 * @phpstan-type Answer array{status: int, contentType: string, retryAfter: string, body: string|null}
 */
final class TokenEndpoint
{
    public const USER_AGENT = 'ssojet-m2m-php/2.0.0';

    private const RETRIED_STATUSES = [408, 429, 500, 502, 503, 504];
    private const WRONG_URL_STATUSES = [404, 405, 415];

    // libcurl-errors(3): everything about TLS itself, certificates and their files.
    private const CURL_TLS_ERRORS = [35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98];

    public function __construct(
        private readonly Configuration $configuration,
        private readonly TokenTransport $transport,
        private readonly Clock $clock,
    ) {
    }

    /** @return array{string, int} the token and how many seconds it lives */
    public function requestToken(#[\SensitiveParameter] string $secret, float $seconds): array
    {
        $answer = $this->transport->send($this->buildTokenRequest($secret), $seconds);

        return $this->parseTokenResponse($answer, $secret);
    }

    /** The error of a request that got no answer. */
    public static function noAnswer(string $tokenUrl, string $reason, int $curlError, bool $mayRetry = true): TokenException
    {
        $host = (string) parse_url($tokenUrl, PHP_URL_HOST);
        $isTlsError = in_array($curlError, self::CURL_TLS_ERRORS, true);
        $message = "no answer from the token endpoint at $host: $reason";

        return new TokenException(TokenException::TRANSPORT, $message, mayRetry: $mayRetry && !$isTlsError);
    }

    /** @return Request */
    private function buildTokenRequest(#[\SensitiveParameter] string $secret): array
    {
        $form = ['grant_type' => 'client_credentials'];
        $headers = [
            'Accept' => 'application/json',
            'Content-Type' => 'application/x-www-form-urlencoded',
            'User-Agent' => self::USER_AGENT,
        ];
        foreach (['scope' => $this->configuration->scope, 'audience' => $this->configuration->audience] as $name => $value) {
            if ($value !== '') {
                $form[$name] = $value;
            }
        }
        if ($this->configuration->authMethod === Configuration::BASIC) {
            $headers['Authorization'] = 'Basic ' . $this->basicCredentials($secret);
        } else {
            $form += ['client_id' => $this->configuration->clientId, 'client_secret' => $secret];
        }

        return ['url' => $this->configuration->tokenUrl, 'headers' => $headers, 'body' => http_build_query($form, '', '&')];
    }

    /** Each part is form-urlencoded first (RFC 6749, section 2.3.1). */
    private function basicCredentials(#[\SensitiveParameter] string $secret): string
    {
        return base64_encode(urlencode($this->configuration->clientId) . ':' . urlencode($secret));
    }

    /**
     * @param Answer $answer
     *
     * @return array{string, int}
     */
    private function parseTokenResponse(#[\SensitiveParameter] array $answer, #[\SensitiveParameter] string $secret): array
    {
        $fields = self::jsonObject($answer['body'] ?? '');
        $token = is_string($fields['access_token'] ?? null) ? $fields['access_token'] : '';
        $secrets = [$secret, urlencode($secret), $this->basicCredentials($secret), $token];
        $text = static fn (string $name): ?string => self::carriedText($fields[$name] ?? null, $secrets);
        if (($fields['error'] ?? '') !== '' && $text('error') !== null) {
            throw $this->oauthError($answer, $text('error'), $text('error_description'), $text('error_uri'));
        }

        $type = $fields['token_type'] ?? 'Bearer';
        $lifeSeconds = self::lifeSeconds($fields['expires_in'] ?? Limits::DEFAULT_LIFE);
        $problem = match (true) {
            $answer['body'] === null => 'a body that was cut short or longer than ' . Limits::BODY_BYTES . ' bytes',
            $answer['status'] !== 200 => 'neither a token nor an OAuth error',
            $fields === null => 'no JSON object',
            !TokenState::isToken($token) => 'no access_token of visible ASCII',
            !is_string($type) => 'a token_type that is no text',
            strtolower($type) !== 'bearer' => 'a token_type that is not Bearer but ' . $text('token_type'),
            $lifeSeconds < 1 => 'an expires_in that is no number of seconds',
            default => null,
        };
        if ($problem !== null) {
            throw $this->error($answer, "answered $answer[status] with $problem");
        }

        return [$token, $lifeSeconds];
    }

    /** @param Answer $answer */
    private function oauthError(
        #[\SensitiveParameter] array $answer,
        string $code,
        ?string $description,
        ?string $uri,
    ): TokenException {
        $message = "answered $answer[status]: $code" . ($description === null ? '' : ", $description");
        if ($code === 'invalid_client') {
            $isBasic = $this->configuration->authMethod === Configuration::BASIC;
            $otherMethod = $isBasic ? Configuration::POST : Configuration::BASIC;
            $message .= "; check the id, the secret, and whether to use $otherMethod";
        }

        return $this->error($answer, $message, $code, $description, $uri);
    }

    /** @param Answer $answer */
    private function error(#[\SensitiveParameter] array $answer, string $message, ?string ...$oauthFields): TokenException
    {
        $status = $answer['status'];
        $mayRetry = in_array($status, self::RETRIED_STATUSES, true);
        $kindWithoutCode = $mayRetry ? TokenException::TRANSPORT : TokenException::PROTOCOL;
        $kind = $oauthFields === [] ? $kindWithoutCode : TokenException::OAUTH;
        // These mostly mean that this is not the token endpoint.
        $isRedirect = $status >= 300 && $status < 400;
        $isWebPage = $status < 500 && stripos($answer['contentType'], 'html') !== false;
        $isWrongUrl = $isRedirect || $isWebPage || in_array($status, self::WRONG_URL_STATUSES, true);
        $message = 'the token endpoint at ' . $this->configuration->tokenHost() . " $message"
            . ($isWrongUrl ? '; check SSOJET_TOKEN_URL' : '');

        return new TokenException($kind, $message, $status, $mayRetry, $this->retryAfter($answer['retryAfter']), ...$oauthFields);
    }

    /** @return array<array-key, mixed>|null */
    private static function jsonObject(#[\SensitiveParameter] string $body): ?array
    {
        $fields = str_starts_with(ltrim($body, " \t\r\n"), '{') ? json_decode($body, true) : null;

        return is_array($fields) ? $fields : null;
    }

    /** Whole seconds, at most a day; 0 for what is no life. */
    private static function lifeSeconds(mixed $expiresIn): int
    {
        $isDigits = is_string($expiresIn) && preg_match('/^[0-9]+$/D', $expiresIn) === 1;
        if (!is_int($expiresIn) && !is_float($expiresIn) && !$isDigits) {
            return 0;
        }

        return (int) max(0, min((float) $expiresIn, Limits::LONGEST_LIFE));
    }

    /** Seconds, or a date in the form that RFC 9110 prescribes; anything else is no Retry-After. */
    private function retryAfter(string $text): ?float
    {
        if (preg_match('/^[0-9]+$/D', $text) === 1) {
            return (float) $text;
        }
        // Without the day's name: PHP moves a date to the next day of that name, and a 99th into another month.
        $format = '!d M Y H:i:s \G\M\T';
        $dateText = (string) preg_replace('/^[A-Z][a-z]{2}, /', '', $text);
        $date = \DateTimeImmutable::createFromFormat($format, $dateText, new \DateTimeZone('UTC'));
        if ($date === false || $date->format(ltrim($format, '!')) !== $dateText) {
            return null;
        }

        return max(0.0, $date->getTimestamp() - $this->clock->utc());
    }

    /**
     * A text of the server as it may stand in an error; null for what is no text.
     *
     * @param list<string> $secrets what must not come back in it
     */
    private static function carriedText(#[\SensitiveParameter] mixed $text, #[\SensitiveParameter] array $secrets): ?string
    {
        if (!is_string($text)) {
            return null;
        }
        $text = (string) preg_replace('/\p{Cc}/u', '', $text);
        foreach ($secrets as $secret) {
            $isLong = preg_match('/^.{' . Limits::SECRET_CHARACTERS . '}/us', $secret) === 1;
            if ($isLong && str_contains($text, $secret)) {
                return '[removed]';
            }
        }

        return preg_replace('/^(.{' . Limits::CARRIED_CHARACTERS . '}).*$/usD', '$1', $text);
    }
}
