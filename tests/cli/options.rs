//! What options change, and how a plan is shown.

use std::process::Command;

use insta::assert_snapshot;

use crate::workspace::Workspace;

#[test]
fn help_and_list() {
    let workspace = Workspace::new().demo_language();
    assert_snapshot!("help", workspace.succeed(&["--help"]).stdout);
    let list = workspace.succeed(&["list", "--templates", "templates"]);
    assert!(list.stdout.contains("\ndemo"), "{}", list.stdout);
    let json = workspace.succeed(&["list", "--json", "--templates", "templates"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["schema"], 1);
    let targets = json["targets"].as_array().unwrap();
    let demo = targets
        .iter()
        .find(|row| row["id"] == "demo-plain")
        .unwrap();
    assert_eq!(demo["default"], true);
    assert_eq!(demo["aliases"], serde_json::json!(["dm"]));
}

#[test]
fn the_readme_lists_the_commands_as_help_does() {
    let command = <ssojet_gen::cli::Cli as clap::CommandFactory>::command();
    let rows = command.get_subcommands().map(|subcommand| {
        let about = subcommand.get_about().unwrap().to_string();
        format!("| `{}` | {about} |\n", subcommand.get_name())
    });
    let table = format!(
        "| command | what it does |\n|---|---|\n{}\n",
        rows.collect::<String>()
    );
    assert!(
        include_str!("../../README.md").contains(&table),
        "the README lacks:\n{table}"
    );
}

#[test]
fn every_help_fits_into_80_columns() {
    let workspace = Workspace::new();
    for command in [
        "new", "try", "sandbox", "verify", "list", "prompt", "docs", "catalog",
    ] {
        let help = workspace.succeed(&[command, "--help"]).stdout;
        let longest = help.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{help}");
        assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let workspace = Workspace::new().demo_language();
    let arguments = ["--lang", "demo", "--templates", "templates", "--dry-run"];
    assert_snapshot!("dry_run", workspace.succeed(&arguments).text());
    let json = workspace.succeed(&[&arguments[..], &["--json"]].concat());
    assert_snapshot!("dry_run_json", json.text());
    assert!(!workspace.path("demo-plain").exists());
}

#[test]
fn after_writing_come_the_next_commands() {
    let workspace = Workspace::new().demo_language();
    let run = workspace.succeed(&["new", "--lang", "demo", "--templates", "templates"]);
    assert_snapshot!(run.text());
}

#[test]
fn the_provenance_file_holds_all_that_was_chosen() {
    let workspace = Workspace::new().demo_language();
    workspace.succeed(&[
        "--lang",
        "demo",
        "--templates",
        "templates",
        "--out",
        "deep/er/place",
        "--name",
        "billing",
        "--scope",
        "orders:read",
        "--audience",
        "https://api.example.com",
        "--token-url",
        "http://localhost:9000/oauth/token",
        "--auth-method",
        "client_secret_basic",
    ]);
    assert_snapshot!(workspace.read("deep/er/place/.ssojet-gen.json"));
}

#[test]
fn what_a_shell_reads_from_the_environment_file_is_what_was_given() {
    let url =
        r#"https://api.example.com/$(touch${IFS}pwned)/`touch pwned`;"{{7*7}}"#.replace(' ', "+");
    let workspace = Workspace::new().demo_language();
    workspace.succeed(&[
        "--lang",
        "demo",
        "--templates",
        "templates",
        "--token-url",
        &url,
    ]);
    let output = Command::new("sh")
        .args(["-c", ". ./.env.example; printf %s \"$SSOJET_TOKEN_URL\""])
        .current_dir(workspace.path("demo-plain"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), url);
    assert!(!workspace.path("demo-plain/pwned").exists());
}
