use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::{Deserialize, Serialize};

use super::{SandboxError, SigningKey};

/// The claims of a JWT access token (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) aud: String,
    /// Seconds since 1970.
    pub(crate) iat: u64,
    /// Seconds since 1970; from then on the token is no good.
    pub(crate) exp: u64,
    pub(crate) jti: String,
    pub(crate) scope: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl Claims {
    /// The token: header and claims as a JWS in compact form (RFC 7515 §3.1), `typ` being `at+jwt`.
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<String, SandboxError> {
        let header = Header {
            alg: key.algorithm().name().to_owned(),
            kid: key.id().to_owned(),
            typ: "at+jwt".to_owned(),
        };
        let encoded = |json: serde_json::Result<Vec<u8>>| {
            json.map(|json| BASE64_URL_SAFE_NO_PAD.encode(json))
                .map_err(|_| SandboxError::Crypto { what: "a token" })
        };
        let header = encoded(serde_json::to_vec(&header))?;
        let claims = encoded(serde_json::to_vec(self))?;
        let mut token = format!("{header}.{claims}");
        let signature = key.sign(token.as_bytes())?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Reads a token of this key's (RFC 9068 §4, but for issuer, audience and time).
    ///
    /// # Errors
    /// What is wrong, as a phrase for `error_description`.
    pub(crate) fn verify(token: &str, key: &SigningKey) -> Result<Self, &'static str> {
        let (message, signature) = token.rsplit_once('.').ok_or("no JWT")?;
        let (header, claims) = message.split_once('.').ok_or("no JWT")?;
        let decoded = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| "no JWT");
        let signature = decoded(signature)?;
        let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| "no JWT")?;
        let typ = header.typ.to_ascii_lowercase();
        if !matches!(typ.as_str(), "at+jwt" | "application/at+jwt") {
            return Err("the JWT is no access token");
        }
        if header.alg != key.algorithm().name() || header.kid != key.id() {
            return Err("the token is not signed with a key of this sandbox");
        }
        if !key.verifies(message.as_bytes(), &signature) {
            return Err("the signature is wrong");
        }
        serde_json::from_slice(&decoded(claims)?).map_err(|_| "the claims are incomplete")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Algorithm;

    fn claims() -> Claims {
        Claims {
            iss: "http://127.0.0.1:1".into(),
            sub: "c".into(),
            client_id: "c".into(),
            aud: "a".into(),
            iat: 1,
            exp: 2,
            jti: "j".into(),
            scope: "s".into(),
        }
    }

    #[test]
    fn what_is_signed_is_read_back() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let token = claims().sign(&key).unwrap();
            assert_eq!(Claims::verify(&token, &key), Ok(claims()), "{algorithm}");
        }
    }

    #[test]
    fn forged_tokens_are_refused() {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let other = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let token = claims().sign(&key).unwrap();
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, body) = message.split_once('.').unwrap();
        let none = part(r#"{"alg":"none","kid":"","typ":"at+jwt"}"#);
        let id_token = part(&format!(
            r#"{{"alg":"EdDSA","kid":"{}","typ":"JWT"}}"#,
            key.id()
        ));
        for forged in [
            String::new(),
            "a.b".into(),
            "a.b.c.d".into(),
            format!("{none}.{body}."),
            format!("{id_token}.{body}.{signature}"),
            format!("{header}.{}.{signature}", part(r#"{"iss":"x"}"#)),
            format!("{token}="),
            claims().sign(&other).unwrap(),
        ] {
            assert!(Claims::verify(&forged, &key).is_err(), "{forged}");
        }
    }
}
