//! The sandbox as it looks to clients that no one of us wrote: curl, Authlib, openid-client and
//! golang.org/x/oauth2; its tokens as they look to `PyJWT` and jose.
//!
//! The three libraries stand behind drivers, the same that `verify --driver` runs. A peer whose
//! toolchain is missing is shown as `ignored`, with what to install. With `SSOJET_GEN_REQUIRE=1` it
//! fails instead.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests may")]

mod curl;
mod driver;
mod peer;

use std::{collections::BTreeMap, net::TcpListener};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use ssojet_gen::sandbox::{Algorithm, Sandbox, Settings};

use self::{
    driver::Driver,
    peer::{AUTHLIB, CURL, OAUTH2_GO, OPENID_CLIENT, Peer},
};

const POST: &str = "client_secret_post";
const BASIC: &str = "client_secret_basic";

type Environment = BTreeMap<&'static str, String>;

fn main() {
    // One peer's trials do not follow each other, so that two peers are installed side by side.
    let mut trials = Vec::new();
    for method in [POST, BASIC] {
        trials.push(trial(&CURL, method, move || curl::calls(method)));
        for peer in [&AUTHLIB, &OPENID_CLIENT, &OAUTH2_GO] {
            trials.push(trial(peer, method, move || calls(peer, method)));
        }
    }
    for peer in [&AUTHLIB, &OPENID_CLIENT, &OAUTH2_GO] {
        trials.push(trial(peer, "a wrong secret", || wrong_secret(peer)));
        trials.push(trial(peer, "no configuration", || no_configuration(peer)));
    }
    for (peer, verdicts) in [
        // Asks for the second token without the audience.
        (&AUTHLIB, ["T1 failed", "S2 passed"]),
        // Sends the scope as it is given, with whatever white space; asks for a token where the scenarios have one.
        (&OPENID_CLIENT, ["T1 failed", "S2 failed"]),
        // Sends no `Accept`, and the bearer token wherever a redirect leads.
        (&OAUTH2_GO, ["T1 failed", "S2 failed"]),
    ] {
        trials.push(trial(peer, "verify", move || is_verified(peer, verdicts)));
    }
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        for (peer, check) in [
            (&AUTHLIB, [".venv/bin/python", "check_token.py"]),
            (&OPENID_CLIENT, ["node", "check_token.mjs"]),
        ] {
            let title = format!("metadata, keys, introspection, {algorithm}");
            let run = move || checks_a_token(peer, check, algorithm);
            trials.push(trial(peer, &title, run));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(
    peer: &'static Peer,
    title: &str,
    run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let name = format!("{}: {title}", peer.name);
    let is_required = std::env::var_os("SSOJET_GEN_REQUIRE").is_some_and(|value| value == "1");
    match peer.check_toolchain() {
        Ok(()) => Trial::test(name, run),
        Err(error) if is_required => Trial::test(name, move || Err(error.into())),
        Err(error) => {
            let name = format!("{name} (not run: {error})");
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
    }
}

/// Gets a token and calls the API, in one session of the protocol.
fn calls(peer: &Peer, method: &str) -> Result<(), Failed> {
    let sandbox = sandbox("ES256")?;
    let mut driver = Driver::start(peer.driver()?, &environment(&sandbox, method))?;
    let ready = driver.next()?;
    assert_eq!(
        (&ready["ready"], &ready["protocol"]),
        (&json!(true), &json!(1))
    );

    let token = driver.ask(&json!({"op": "token"}))?;
    let issued = sandbox.issued_tokens();
    assert_eq!(token["results"][0]["token"], issued[0].text.expose());

    let call = driver.ask(&json!({"op": "call", "path": "/orders", "n": 2, "parallel": 2}))?;
    assert_eq!(statuses(&call), [200, 200], "{call}");
    let post = json!({"op": "call", "method": "POST", "path": "/orders", "body": "{}"});
    let call = driver.ask(&post)?;
    assert_eq!(statuses(&call), [201], "{call}");

    let answer = driver.ask(&json!({"op": "no-such-op", "id": 7}))?;
    assert_eq!(answer, json!({"unsupported": true, "id": 7}));
    assert_eq!(driver.end()?, Some(0));
    assert_authenticated_by(method, &sandbox);
    Ok(())
}

fn statuses(call: &Value) -> Vec<u64> {
    let results = call["results"].as_array().into_iter().flatten();
    results
        .filter_map(|result| result["status"].as_u64())
        .collect()
}

/// An OAuth error comes out as one, as well as the library lets it.
fn wrong_secret(peer: &Peer) -> Result<(), Failed> {
    for method in [POST, BASIC] {
        let sandbox = sandbox("ES256")?;
        let mut environment = environment(&sandbox, method);
        environment.insert("SSOJET_CLIENT_SECRET", "not-the-secret".to_owned());
        let mut driver = Driver::start(peer.driver()?, &environment)?;
        driver.next()?;
        let answer = driver.ask(&json!({"op": "call", "path": "/orders"}))?;
        let error = &answer["results"][0]["error"];
        assert_eq!(
            (&error["kind"], &error["code"]),
            (&json!("oauth"), &json!("invalid_client")),
            "{method}: {answer}"
        );
        assert_eq!(driver.end()?, Some(0));
    }
    Ok(())
}

fn no_configuration(peer: &Peer) -> Result<(), Failed> {
    let mut driver = Driver::start(peer.driver()?, &Environment::new())?;
    let answer = driver.next()?;
    assert_eq!(
        (&answer["ready"], &answer["error"]["kind"]),
        (&json!(false), &json!("configuration"))
    );
    assert_eq!(driver.end()?, Some(1));
    Ok(())
}

/// A program that knows the issuer alone calls the API, introspects its token and verifies it by the
/// published keys: all three must say the same.
fn checks_a_token(peer: &Peer, check: [&str; 2], algorithm: &str) -> Result<(), Failed> {
    let sandbox = sandbox(algorithm)?;
    let environment = sandbox.environment();
    let mut driver = Driver::start(peer.command(&check)?, &environment)?;
    let report = driver.next()?;
    assert_eq!(driver.end()?, Some(0));

    assert_eq!(report["status"], 200);
    let header = &report["header"];
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!(algorithm), &json!("at+jwt"))
    );
    let claims = &report["claims"];
    for (claim, variable) in [
        ("iss", "SSOJET_API_URL"),
        ("sub", "SSOJET_CLIENT_ID"),
        ("client_id", "SSOJET_CLIENT_ID"),
        ("aud", "SSOJET_AUDIENCE"),
        ("scope", "SSOJET_SCOPE"),
    ] {
        assert_eq!(claims[claim], environment[variable], "{claim}");
    }
    let mut introspected = claims.clone();
    introspected["active"] = json!(true);
    introspected["token_type"] = json!("Bearer");
    assert_eq!(report["introspected"], introspected);
    Ok(())
}

/// `verify` comes to what is known of a client; `docs/peers.md` tells the whole.
fn is_verified(peer: &Peer, verdicts: [&str; 2]) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("report.json");
    let output = peer
        .verify()?
        .args(["--rule", "T1", "--rule", "S2", "--report"])
        .arg(format!("json={}", file.display()))
        .output()?;
    let Ok(report) = std::fs::read(&file) else {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    };
    let report: Value = serde_json::from_slice(&report)?;
    let rules = report["targets"][0]["rules"].as_array();
    let found: Vec<String> = rules
        .into_iter()
        .flatten()
        .map(|rule| [&rule["id"], &rule["verdict"]].map(|text| text.as_str().unwrap_or("?")))
        .filter(|[id, _]| ["T1", "S2"].contains(id))
        .map(|rule| rule.join(" "))
        .collect();
    assert_eq!(found, verdicts);
    Ok(())
}

fn sandbox(algorithm: &str) -> Result<Sandbox, Failed> {
    let algorithm: Algorithm = algorithm.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    Ok(Sandbox::start(listener, Settings::generate(algorithm)?)?)
}

fn environment(sandbox: &Sandbox, method: &str) -> Environment {
    let mut environment = sandbox.environment();
    environment.insert("SSOJET_AUTH_METHOD", method.to_owned());
    environment
}

/// Whether each token request had the credentials where they belong, and there alone.
fn assert_authenticated_by(method: &str, sandbox: &Sandbox) {
    let exchanges = sandbox.journal().exchanges();
    let requests = exchanges
        .iter()
        .filter(|exchange| exchange.request.path() == "/oauth/token");
    let mut count = 0;
    for exchange in requests {
        let has_basic = exchange.request.authorization("Basic").is_some();
        let has_secret = String::from_utf8_lossy(&exchange.request.body).contains("client_secret");
        assert_eq!(
            (has_basic, has_secret),
            (method == BASIC, method == POST),
            "{}",
            exchange.render()
        );
        count += 1;
    }
    assert!(count > 0, "no token request");
}
