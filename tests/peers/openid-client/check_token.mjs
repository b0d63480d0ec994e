// openid-client from nothing but the issuer: metadata, token, API, introspection; and jose by the
// published keys.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';

const { env } = process;
const issuer = new URL(env.SSOJET_API_URL); // the sandbox is both servers
const config = await client.discovery(
  issuer,
  env.SSOJET_CLIENT_ID,
  undefined,
  client.ClientSecretBasic(env.SSOJET_CLIENT_SECRET),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
);

const { access_token: token } = await client.clientCredentialsGrant(config);
const orders = await client.fetchProtectedResource(
  config,
  token,
  new URL('/orders', issuer),
  'GET',
);
const introspected = await client.tokenIntrospection(config, token);

const metadata = config.serverMetadata();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const { protectedHeader, payload } = await jwtVerify(token, keys, {
  issuer: metadata.issuer,
  audience: env.SSOJET_AUDIENCE,
  typ: 'at+jwt',
  requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti', 'client_id'],
});

console.log(
  JSON.stringify({
    status: orders.status,
    header: protectedHeader,
    claims: payload,
    introspected,
  }),
);
