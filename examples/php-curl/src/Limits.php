<?php

declare(strict_types=1);

namespace SsojetM2m;

/** Every number that you may want to change. Times are in seconds. */
final class Limits
{
    // One token request, from its start to the last byte of the answer.
    public const TRY = 10.0;
    public const CONNECT = 5.0;
    public const BODY_BYTES = 1024 * 1024;

    // Getting a token: all tries, the waits between them and your function for the secret.
    public const GET_TOKEN = 30.0;
    public const TRIES = 3;
    public const FIRST_WAIT = 0.5;

    // The life of a token. Its end (a tenth, at most a minute) is the early window, in which it is renewed.
    public const DEFAULT_LIFE = 300;
    public const LONGEST_LIFE = 24 * 60 * 60;
    public const EARLY_WINDOW = 60;
    public const EARLY_WINDOW_PART = 0.1;

    // After a failed early renewal none is tried for so long.
    public const RENEWAL_PAUSE = 30.0;
    // After a 401 of the API has dropped a token, another 401 drops none for so long.
    public const REFUSAL_WINDOW = 30.0;
    // How long another process is waited for that asks for the same token.
    public const LOCK_WAIT = 10.0;

    // Texts of the token endpoint that are carried into errors.
    public const CARRIED_CHARACTERS = 256;
    // A shorter secret is not looked for in them: it would be found by chance.
    public const SECRET_CHARACTERS = 8;

    // A call of the API, its body included: curl has no limit for the head of an answer alone.
    public const API_CALL = 30.0;
}
