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
        $status = $answer['status'];
        $fields = self::jsonObject($answer['body'] ?? '');
        $token = is_string($fields['access_token'] ?? null) ? $fields['access_token'] : '';
        $secrets = [$secret, urlencode($secret), $this->basicCredentials($secret), $token];
        $this->throwRefusal($answer, $fields ?? [], $secrets);

        $type = $fields['token_type'] ?? 'Bearer';
        $lifeSeconds = self::lifeSeconds($fields['expires_in'] ?? Limits::DEFAULT_LIFE);
        $problem = match (true) {
            $status !== 200 || $answer['body'] === null => $this->answered($answer),
            $fields === null => 'the token response is no JSON object',
            !TokenState::isToken($token) => 'the token response has no access_token of visible ASCII',
            !is_string($type) => 'the token_type of the token response is no text',
            strtolower($type) !== 'bearer' => 'the token_type is not Bearer but ' . self::carriedText($type, $secrets),
            $lifeSeconds < 1 => 'the expires_in of the token response is no number of seconds',
            default => null,
        };
        if ($problem !== null) {
            throw new TokenException(TokenException::PROTOCOL, $problem . self::hint($answer), $status);
        }

        return [$token, $lifeSeconds];
    }

    /**
     * An OAuth error, or a status that says "later".
     *
     * @param Answer                  $answer
     * @param array<array-key, mixed> $fields
     * @param list<string>            $secrets
     */
    private function throwRefusal(
        #[\SensitiveParameter] array $answer,
        #[\SensitiveParameter] array $fields,
        #[\SensitiveParameter] array $secrets,
    ): void {
        $status = $answer['status'];
        $mayRetry = in_array($status, self::RETRIED_STATUSES, true);
        $retryAfter = $this->retryAfter($answer['retryAfter']);
        $message = $this->answered($answer);
        $error = ($fields['error'] ?? '') === '' ? null : self::carriedText($fields['error'], $secrets);
        if ($error !== null) {
            $description = self::carriedText($fields['error_description'] ?? null, $secrets);
            $uri = self::carriedText($fields['error_uri'] ?? null, $secrets);
            $isBasic = $this->configuration->authMethod === Configuration::BASIC;
            $otherMethod = $isBasic ? Configuration::POST : Configuration::BASIC;
            $message .= ": $error" . ($description === null ? '' : ", $description") . self::hint($answer)
                . ($error === 'invalid_client' ? "; check the id, the secret, and whether to use $otherMethod" : '');
            throw new TokenException(TokenException::OAUTH, $message, $status, $mayRetry, $retryAfter, $error, $description, $uri);
        }
        if ($mayRetry) {
            throw new TokenException(TokenException::TRANSPORT, $message . self::hint($answer), $status, true, $retryAfter);
        }
    }

    /** @param Answer $answer */
    private function answered(#[\SensitiveParameter] array $answer): string
    {
        $isBroken = $answer['body'] === null;
        $note = $isBroken ? ', with a body that was cut short or longer than ' . Limits::BODY_BYTES . ' bytes' : '';

        return 'the token endpoint at ' . $this->configuration->tokenHost() . " answered $answer[status]$note";
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

    /**
     * A redirect, a missing page or a web page mostly means that this is not the token endpoint.
     *
     * @param Answer $answer
     */
    private static function hint(#[\SensitiveParameter] array $answer): string
    {
        $status = $answer['status'];
        $isRedirect = $status >= 300 && $status < 400;
        $isWebPage = $status < 500 && stripos($answer['contentType'], 'html') !== false;
        $isWrongUrl = $isRedirect || $isWebPage || in_array($status, self::WRONG_URL_STATUSES, true);

        return $isWrongUrl ? '; check SSOJET_TOKEN_URL' : '';
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
