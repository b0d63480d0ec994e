//! Calls GET /orders of the API in `SSOJET_API_URL` and prints the answer. Another path may follow as an argument.

use std::process::ExitCode;

use ssojet_m2m::{CallError, Client, Config};

#[tokio::main]
async fn main() -> ExitCode {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "/orders".to_owned());
    match run(&path).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the API answered with success.
async fn run(path: &str) -> Result<bool, CallError> {
    let client = Client::new(Config::from_env()?)?;
    let response = client.get(path).send().await?;
    let status = response.status();
    println!("{}", response.text().await?);
    if !status.is_success() {
        eprintln!("the API answered {status}");
    }
    Ok(status.is_success())
}
