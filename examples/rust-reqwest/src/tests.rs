//! What needs the inside of the crate: the environment, and `tests/vectors.json`, whose rows this client and
//! its siblings in other languages all pass.

use std::ffi::OsString;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::form_urlencoded;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::token_provider::{Decision, HeldToken, decide};
use super::token_request::{Answer, TokenEndpoint, parse_token_response};
use super::{
    AccessToken, AuthMethod, Client, Config, Error, ErrorKind, TokenConfig, TokenProvider,
    http_builder,
};

/// Fails where a table is empty: a loop over no rows would pass.
fn rows(table: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
    let rows = vectors[table].as_array().unwrap().clone();
    assert!(rows.len() >= 5, "{table} has {} rows", rows.len());
    rows
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_default()
}

#[test]
fn decisions() {
    let start = Instant::now();
    let at = |second: &Value| start + Duration::from_secs(second.as_u64().unwrap());
    for row in rows("decisions") {
        let held = row["held"].as_object().map(|held| HeldToken {
            token: AccessToken::new("a-token").unwrap(),
            early_at: at(&held["early_at"]),
            expires_at: at(&held["expires_at"]),
        });
        let is_renewing = row["renewing"].as_bool().unwrap();
        let decision = decide(
            at(&row["now"]),
            held.as_ref(),
            is_renewing,
            Some(at(&row["paused_until"])),
        );
        let expected = Decision {
            use_held: row["use"].as_bool().unwrap(),
            renew: row["renew"].as_bool().unwrap(),
        };
        assert_eq!(decision, expected, "{}", row["name"]);
    }
}

#[test]
fn urls() {
    for row in rows("urls") {
        let url = text(&row, "url");
        for variable in row["variables"].as_array().unwrap() {
            let built = if variable == "SSOJET_TOKEN_URL" {
                let mut config = TokenConfig::new("id", "a-secret".to_owned());
                config.token_url = url.to_owned();
                TokenProvider::new(config).map(drop)
            } else {
                let tokens = TokenProvider::stub(AccessToken::new("a-token"));
                Client::with_provider(url, tokens, http_builder()).map(drop)
            };
            assert_eq!(built.is_ok(), row["accepted"], "{}: {built:?}", row["name"]);
            if let Err(error) = built {
                assert_eq!(error.kind, ErrorKind::Configuration, "{}", row["name"]);
                let message = error.to_string();
                assert!(message.contains(variable.as_str().unwrap()), "{message}");
                assert!(!message.contains(url), "{message}");
            }
        }
    }
}

#[test]
fn credentials() {
    for row in rows("credentials") {
        let (id, secret) = (text(&row, "client_id"), text(&row, "client_secret"));
        let (form, authorization) = token_request(id, secret, AuthMethod::ClientSecretPost);
        assert!(
            form.contains(&("client_id".to_owned(), id.to_owned())),
            "{}",
            row["name"]
        );
        assert!(
            form.contains(&("client_secret".to_owned(), secret.to_owned())),
            "{}",
            row["name"]
        );
        assert_eq!(authorization, None, "{}", row["name"]);

        let (form, authorization) = token_request(id, secret, AuthMethod::ClientSecretBasic);
        assert!(
            !form.iter().any(|(name, _)| name.starts_with("client_")),
            "{}",
            row["name"]
        );
        let authorization = authorization.unwrap();
        let value = BASE64
            .decode(authorization.strip_prefix("Basic ").unwrap())
            .unwrap();
        let value = String::from_utf8(value).unwrap();
        let (id, secret) = value.split_once(':').unwrap();
        let is_one_of = |member: &str, found| {
            row[member]
                .as_array()
                .unwrap()
                .contains(&Value::from(found))
        };
        assert!(is_one_of("client_id_encoded", id), "{}: {id}", row["name"]);
        assert!(
            is_one_of("client_secret_encoded", secret),
            "{}: {secret}",
            row["name"]
        );
    }
}

/// Its form, and its `Authorization`.
fn token_request(
    id: &str,
    secret: &str,
    auth_method: AuthMethod,
) -> (Vec<(String, String)>, Option<String>) {
    let mut config = TokenConfig::new(id, secret.to_owned());
    config.auth_method = auth_method;
    let endpoint = TokenEndpoint::new(config, reqwest::Client::builder()).unwrap();
    let request = endpoint.build_token_request(secret).build().unwrap();
    let body = request.body().unwrap().as_bytes().unwrap();
    let authorization = request.headers().get(AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    (
        form_urlencoded::parse(body).into_owned().collect(),
        authorization,
    )
}

#[test]
fn responses() {
    for row in rows("responses") {
        let answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Ok(text(&row, "body").as_bytes().to_vec()),
        };
        match parse_token_response("sso.example", &answer, Vec::new()) {
            Ok((token, life)) => {
                assert_eq!(
                    token.expose_secret(),
                    text(&row, "token"),
                    "{}",
                    row["name"]
                );
                assert_eq!(life.as_secs(), row["lifetime_s"], "{}", row["name"]);
            }
            Err(error) => {
                let kind = format!("{:?}", error.kind).to_lowercase();
                assert_eq!(kind, text(&row, "error"), "{}: {error}", row["name"]);
                assert!(
                    error.to_string().contains(text(&row, "mentions")),
                    "{}: {error}",
                    row["name"]
                );
            }
        }
    }
}

#[test]
fn paths_never_lead_to_another_host() {
    let tokens = TokenProvider::stub(AccessToken::new("a-token"));
    let client =
        Client::with_provider("https://api.example.com/v1", tokens, http_builder()).unwrap();
    for row in rows("paths") {
        let path = text(&row, "path").replace("{decoy}", "decoy.example");
        let mut asked = None;
        let request = client.request(Method::GET, &path);
        let _ = request.with(|request| {
            asked = request.try_clone().and_then(|request| request.build().ok());
            request
        });
        if let Some(request) = asked {
            assert_eq!(
                request.url().host_str(),
                Some("api.example.com"),
                "{}",
                row["name"]
            );
        }
    }
}

fn from(variables: &[(&str, &str)]) -> Result<Config, Error> {
    Config::from_variables(|name| {
        let variable = variables.iter().find(|(found, _)| *found == name);
        variable
            .map(|(_, value)| OsString::from(value))
            .unwrap_or_default()
    })
}

const REQUIRED: [(&str, &str); 3] = [
    ("SSOJET_CLIENT_ID", "cli_test"),
    ("SSOJET_CLIENT_SECRET", "not-a-real-secret"),
    ("SSOJET_API_URL", "https://api.example.com"),
];

fn from_required_and(name: &str, value: &str) -> Result<Config, Error> {
    let mut variables = REQUIRED.to_vec();
    variables.insert(0, (name, value));
    from(&variables)
}

#[test]
fn one_error_names_all_that_is_missing() {
    let message = from(&[("SSOJET_CLIENT_ID", "")]).unwrap_err().to_string();
    for (name, _) in REQUIRED {
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn an_empty_variable_is_an_absent_one() {
    let config = from_required_and("SSOJET_TOKEN_URL", "").unwrap();
    assert_eq!(config.token.token_url, "https://api.ssojet.com/oauth/token");
    assert_eq!(config.token.scope, None);
    assert_eq!(config.token.auth_method, AuthMethod::ClientSecretPost);
    let config = from_required_and("SSOJET_AUTH_METHOD", "client_secret_basic").unwrap();
    assert_eq!(config.token.auth_method, AuthMethod::ClientSecretBasic);
}

#[test]
fn a_wrong_variable_is_named() {
    let message = from_required_and("SSOJET_AUTH_METHOD", "basic")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("client_secret_post or client_secret_basic"),
        "{message}"
    );
    let message = from_required_and("SSOJET_CLIENT_SECRET", "secret\n")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("SSOJET_CLIENT_SECRET) contains '\\n'"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_named_and_not_shown() {
    use std::os::unix::ffi::OsStringExt;
    let error = Config::from_variables(|_| OsString::from_vec(b"shown\xff".to_vec())).unwrap_err();
    assert!(
        error.to_string().contains("is not valid Unicode"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("shown"), "{error:?}");
}

#[test]
fn scopes_are_sent_with_one_space_between() {
    let mut config = TokenConfig::new("cli_test", "not-a-real-secret".to_owned());
    config.scope = Some(" orders:read\t\u{a0} orders:write\n".to_owned());
    config.token_url = "https://sso.example.com/token?tenant=acme".to_owned();
    let endpoint = TokenEndpoint::new(config, reqwest::Client::builder()).unwrap();
    let request = endpoint
        .build_token_request("not-a-real-secret")
        .build()
        .unwrap();
    let body = request.body().unwrap().as_bytes().unwrap();
    let form: Vec<_> = form_urlencoded::parse(body).collect();
    assert!(
        form.contains(&("scope".into(), "orders:read orders:write".into())),
        "{form:?}"
    );
    assert!(form.iter().all(|(name, _)| name != "audience"), "{form:?}");
    assert_eq!(request.url().query(), Some("tenant=acme"));
}

#[tokio::test]
async fn a_401_costs_one_token_request_even_if_that_fails_at_once() {
    let server = MockServer::start().await;
    let token = json!({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600});
    let answers = [(200, token), (401, json!({"error": "invalid_client"}))];
    for (status, body) in answers {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        let mock = Mock::given(any()).respond_with(answer);
        mock.up_to_n_times(1).mount(&server).await;
    }
    let mut config = TokenConfig::new("cli_test", "not-a-real-secret".to_owned());
    config.token_url = server.uri();
    let tokens = TokenProvider::new(config).unwrap();
    let refused = tokens.token().await.unwrap();

    let another = tokens.handle_unauthorized(&refused).unwrap();
    // The caller is slow, and the renewal ends meanwhile.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let error = another.await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::OAuth, "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}
