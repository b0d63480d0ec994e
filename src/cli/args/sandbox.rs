use std::ffi::OsString;

use clap::Args;

/// `sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// The port on 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// How access tokens are signed: RS256, ES256 or EdDSA
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    pub alg: String,
    /// How long an access token lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub token_lifetime: u32,
    /// The scope that the API demands; "" is none
    #[arg(long, value_name = "SCOPE", default_value = "orders:read")]
    pub require_scope: String,
    /// The API's audience
    #[arg(
        long,
        value_name = "AUDIENCE",
        default_value = "https://orders.sandbox.example"
    )]
    pub audience: String,
    /// The client's id [default: SSOJET_CLIENT_ID, or a new one]
    #[arg(long, value_name = "ID")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub client_id: Option<String>,
    /// Misbehave in one way; `list` explains them all
    #[arg(long, value_name = "NAME")]
    pub fault: Option<String>,
    /// Print one JSON object a line: first the address, then each request
    #[arg(long, conflicts_with_all = ["command", "print_env"])]
    pub json: bool,
    /// Print the environment of a client as `export` lines, the sandbox's own secret among them
    #[arg(long, conflicts_with = "command")]
    pub print_env: bool,
    /// Run this command with the environment of a client, and stop when it ends
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}
