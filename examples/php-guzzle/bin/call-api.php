<?php

declare(strict_types=1);

// Calls the API once and prints its answer: php bin/call-api.php [PATH]

use GuzzleHttp\Exception\GuzzleException;
use SsojetM2m\ApiClient;
use SsojetM2m\Configuration;

require __DIR__ . '/../vendor/autoload.php';

try {
    $client = ApiClient::create(Configuration::fromEnvironment());
    $answer = $client->request('GET', $argv[1] ?? '/orders', ['http_errors' => false]);
    echo 'HTTP ', $answer->getStatusCode(), "\n", $answer->getBody(), "\n";
    exit($answer->getStatusCode() < 400 ? 0 : 1);
} catch (GuzzleException $error) {
    fwrite(STDERR, $error::class . ': ' . $error->getMessage() . "\n");
    exit(1);
}
