<?php

declare(strict_types=1);

// The cost of the held token beside a bare clock compare: a PHP process serves one request and needs no lock. Without
// opcache, which is off on the command line; `-d opcache.enable_cli=1` and `-d opcache.jit=tracing` show what it changes.

use SsojetM2m\Configuration;
use SsojetM2m\TokenProvider;

require __DIR__ . '/../vendor/autoload.php';

const ROUNDS = 300;
const CALLS = 2000;

/** What the least cache does: its clock cannot be replaced in a test, and print_r() shows its token. */
final class BareHolder
{
    private readonly float $expiresAt;

    public function __construct(private readonly string $token)
    {
        $this->expiresAt = hrtime(true) / 1e9 + 3600;
    }

    public function getToken(): string
    {
        return hrtime(true) / 1e9 < $this->expiresAt ? $this->token : '';
    }
}

function nanosecondsPerCall(TokenProvider|BareHolder $holder): float
{
    $began = hrtime(true);
    for ($call = 0; $call < CALLS; ++$call) {
        $holder->getToken();
    }

    return (hrtime(true) - $began) / CALLS;
}

$tokens = new TokenProvider(Configuration::fromEnvironment());
$bare = new BareHolder($tokens->getToken());
$ours = $beside = INF;
for ($round = 0; $round < ROUNDS; ++$round) {
    $ours = min($ours, nanosecondsPerCall($tokens));
    $beside = min($beside, nanosecondsPerCall($bare));
}
echo json_encode(['ours_ns' => $ours, 'bare_ns' => $beside]), "\n";
