//! curl, as in a terminal.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{BASIC, assert_authenticated_by, environment, sandbox};

pub fn calls(method: &str) -> Result<(), Failed> {
    let sandbox = sandbox("ES256")?;
    let environment = environment(&sandbox, method);
    let (id, secret) = (
        &environment["SSOJET_CLIENT_ID"],
        &environment["SSOJET_CLIENT_SECRET"],
    );
    let credentials = if method == BASIC {
        format!("user = \"{id}:{secret}\"\n")
    } else {
        format!(
            "data-urlencode = \"client_id={id}\"\ndata-urlencode = \"client_secret={secret}\"\n"
        )
    };
    let answer = curl(&format!(
        "url = \"{}\"\ndata = \"grant_type=client_credentials\"\n{credentials}",
        environment["SSOJET_TOKEN_URL"]
    ))?;
    let token = answer["access_token"].as_str().ok_or("no token")?;
    let orders = curl(&format!(
        "url = \"{}/orders\"\nheader = \"Authorization: Bearer {token}\"\n",
        environment["SSOJET_API_URL"]
    ))?;
    assert_eq!(orders["orders"][0]["id"], "ord_1001", "{orders}");
    assert_authenticated_by(method, &sandbox);
    Ok(())
}

/// Its options come on standard input, so that no secret stands in a list of processes.
fn curl(options: &str) -> Result<Value, Failed> {
    let mut child = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--fail-with-body"])
        .args(["--noproxy", "*", "--config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Dropped at the end of the statement: curl reads to the end.
    child.stdin.take().unwrap().write_all(options.as_bytes())?;
    let output = child.wait_with_output()?;
    let stdout = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("curl: {}\n{stdout}{stderr}", output.status).into());
    }
    Ok(serde_json::from_str(&stdout)?)
}
