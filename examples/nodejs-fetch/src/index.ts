export {
  type ApiWithTokens,
  createAuthorizedFetch,
} from "./authorized-fetch.ts";
export { type AuthMethod, Config, type Settings } from "./config.ts";
export { type ErrorDetails, type ErrorKind, SsojetError } from "./errors.ts";
export {
  type GetTokenOptions,
  TokenProvider,
  type TokenProviderOptions,
  type TokenSource,
} from "./token-provider.ts";
export type { Fetch, TransportOptions } from "./transport.ts";
