export { type ApiWithTokens, createAuthorizedAxios } from "./authorized-axios.ts";
export { type AuthMethod, Config, type Settings } from "./config.ts";
export { type ErrorDetails, type ErrorKind, SsojetError } from "./errors.ts";
export {
  type GetTokenOptions,
  TokenProvider,
  type TokenProviderOptions,
  type TokenSource,
} from "./token-provider.ts";
export type { TransportOptions } from "./transport.ts";
