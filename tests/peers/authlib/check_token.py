"""Gets a token by Authlib, uses it, and checks it by PyJWT and the published keys."""

import json
import os

import jwt
from authlib.integrations.requests_client import OAuth2Session


def main() -> None:
    issuer = os.environ["SSOJET_API_URL"]  # the sandbox is both servers
    with OAuth2Session(
        os.environ["SSOJET_CLIENT_ID"],
        os.environ["SSOJET_CLIENT_SECRET"],
        token_endpoint_auth_method="client_secret_post",
    ) as session:
        metadata = session.get(
            f"{issuer}/.well-known/oauth-authorization-server", withhold_token=True
        ).json()
        token = session.fetch_token(
            metadata["token_endpoint"], grant_type="client_credentials"
        )["access_token"]
        orders = session.get(f"{issuer}/orders")
        introspected = session.introspect_token(
            metadata["introspection_endpoint"], token
        )

    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    decoded = jwt.decode_complete(
        token,
        key,
        algorithms=[key.algorithm_name],
        issuer=metadata["issuer"],
        audience=os.environ["SSOJET_AUDIENCE"],
        options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
    )
    report = {
        "status": orders.status_code,
        "header": decoded["header"],
        "claims": decoded["payload"],
        "introspected": introspected.json(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
