/** Every limit of this client, to be edited here. Times are in milliseconds unless the name says otherwise. */

export const USER_AGENT = "ssojet-m2m-nodejs/2.0.0";

// One getting of a token.
export const MAX_TRIES = 3;
export const TRY_LIMIT_MS = 10_000;
export const GETTING_LIMIT_MS = 30_000;
export const FIRST_WAIT_MS = 500; // doubled for each further wait
export const ABANDONED_LIMIT_MS = 1000; // how long it goes on after all have given up
export const MAX_TOKEN_RESPONSE_BYTES = 1_048_576;
export const RETRYABLE_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];

// Text of the token endpoint that goes into an error.
export const MAX_CARRIED_CHARACTERS = 256;
export const MIN_SECRET_LENGTH = 8; // anything shorter turns up by chance

// The cached token.
export const DEFAULT_LIFE_SECONDS = 300;
export const MAX_LIFE_SECONDS = 86_400;
export const EARLY_WINDOW_MS = 60_000;
export const RENEWAL_PAUSE_MS = 30_000;
export const REJECTION_WINDOW_MS = 30_000;
