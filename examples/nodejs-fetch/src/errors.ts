/**
 * What went wrong:
 *
 * - `configuration`: a setting is missing or wrong, or a request is not for the configured API
 * - `oauth`: the token endpoint refused, and says why in `oauthError`
 * - `transport`: no usable answer: no connection, out of time, or a status such as 503
 * - `protocol`: the token endpoint answered something that is no token response
 */
export type ErrorKind = "configuration" | "oauth" | "transport" | "protocol";

export type ErrorDetails = ErrorOptions & Partial<Omit<SsojetError, keyof Error | "kind" | "copy">>;

/**
 * Every error of this client. It holds neither secret nor token.
 *
 * There is no `status` or `statusCode`: Express and Fastify would answer their own callers with it.
 */
export class SsojetError extends Error {
  override readonly name = "SsojetError";
  readonly kind: ErrorKind;
  /** Whether the same call may work later. */
  readonly retryable: boolean = false;
  /** The HTTP status of the token endpoint, if it answered. */
  readonly tokenEndpointStatus: number | undefined;
  /** How long the token endpoint asked to wait (`Retry-After`). */
  readonly retryAfterMs: number | undefined;
  /** `error`, `error_description` and `error_uri` of RFC 6749, section 5.2. */
  readonly oauthError: string | undefined;
  readonly oauthErrorDescription: string | undefined;
  readonly oauthErrorUri: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details);
    Object.assign(this, details);
    this.kind = kind;
  }

  /** The same error with the stack of whoever asks: each waiting caller gets one of their own. */
  copy(): SsojetError {
    return new SsojetError(this.kind, this.message, this);
  }
}

/**
 * Codes of the network and of Node.js' HTTP clients. Those of TLS are not among them, as no second
 * try mends a certificate, nor are those of assertions and mocks.
 */
const NETWORK_REASON =
  /^((?!EPROTO)E[A-Z0-9]+|EAI_\w+|UND_ERR_\w+|HPE_\w+|HTTPParserError|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP\w+)$/;

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name was not found",
  EAI_AGAIN: "the host name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed",
  UND_ERR_SOCKET: "the connection was closed",
};

/**
 * The error of a token request that got no answer.
 *
 * The library's error is not kept as the cause: it may hold what was sent, the secret included.
 */
export function toTransportError(error: unknown, host: string): SsojetError {
  const { reason, message } = findReason(error);
  // Words of Node.js itself, such as "Proxy response (407) …". What others say is not repeated.
  const words = WORDS[reason] ?? (reason.startsWith("UND_ERR_") ? message : undefined);
  const text = words ? `${words} (${reason})` : reason;
  return new SsojetError("transport", `no answer from the token endpoint at ${host}: ${text}`, {
    retryable: NETWORK_REASON.test(reason),
  });
}

/** The innermost error with a code in the chain of causes, else the innermost error. */
function findReason(error: unknown): { reason: string; message: string } {
  const chain: NodeJS.ErrnoException[] = [];
  for (let current = error; current; current = chain[0]?.cause) {
    chain.unshift(current as NodeJS.ErrnoException);
  }
  const found = chain.find(({ code }) => typeof code === "string") ?? chain[0];
  // The code of a DOMException is a number.
  const code = typeof found?.code === "string" ? found.code : undefined;
  return { reason: code ?? found?.name ?? "unknown", message: found?.message ?? "" };
}
