use std::path::PathBuf;

use clap::Args;

use super::CatalogArgs;

/// `verify`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = "\
Examples:
  ssojet-gen verify                          # the project in this folder
  ssojet-gen verify --lang python            # every Python client, as generated
  ssojet-gen verify --driver \"python3 driver.py\" --rule K2

Exit codes: 0 every rule that could be tried holds, 1 a rule does not hold,
4 a toolchain is missing (with --require), 5 something else could not be tried")]
pub struct VerifyArgs {
    /// A scaffolded project; it is copied, never written [default: this folder]
    #[arg(value_name = "DIR", conflicts_with_all = ["lang", "all", "driver"])]
    pub dir: Option<PathBuf>,
    /// Every client of this language, as generated
    #[arg(long, value_name = "LANG", conflicts_with_all = ["all", "driver"])]
    pub lang: Option<String>,
    /// One client of it
    #[arg(long, value_name = "CLIENT", requires = "lang")]
    pub client: Option<String>,
    /// Every target of the catalogue, as generated
    #[arg(long, conflicts_with = "driver")]
    pub all: bool,
    /// Any program that speaks the driver protocol, with its arguments, as one word
    #[arg(long, value_name = "CMD")]
    pub driver: Option<String>,
    /// Only scenarios of this rule; may be repeated
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,
    /// Only this scenario; may be repeated
    #[arg(long, value_name = "ID")]
    pub scenario: Vec<String>,
    /// List the scenarios that would be run, and run none
    #[arg(long)]
    pub list: bool,
    /// Write a report; FORMAT is json, markdown, junit or html; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<String>,
    /// Exit 4 where a toolchain is missing
    #[arg(long)]
    pub require: bool,
    /// Install and build, print one JSON line that tells how to start the driver, and stop
    #[arg(long, requires = "keep", conflicts_with = "driver")]
    pub prepare_only: bool,
    /// Prepare in this folder, which is new or empty, and keep it [default: the user's cache]
    #[arg(long, value_name = "DIR", conflicts_with = "driver")]
    pub keep: Option<PathBuf>,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Run the commands of the catalogue that `--templates` names
    #[arg(long, requires = "templates")]
    pub trust: bool,
}
