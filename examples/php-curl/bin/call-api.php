<?php

declare(strict_types=1);

// Calls the API once and prints its answer: php bin/call-api.php [PATH]

use SsojetM2m\ApiClient;
use SsojetM2m\Configuration;

require __DIR__ . '/../src/autoload.php';

try {
    $client = new ApiClient(Configuration::fromEnvironment());
    $answer = $client->request('GET', $argv[1] ?? '/orders');
    echo 'HTTP ', $answer['status'], "\n", $answer['body'], "\n";
    exit($answer['status'] < 400 ? 0 : 1);
} catch (\RuntimeException $error) {
    fwrite(STDERR, $error::class . ': ' . $error->getMessage() . "\n");
    exit(1);
}
