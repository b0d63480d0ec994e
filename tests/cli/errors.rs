//! Every mistake on the command line: one clear error, its exit code, nothing written.

use insta::{assert_snapshot, with_settings};

use crate::workspace::Workspace;

fn refused(name: &str, arguments: &[&str]) {
    let workspace = Workspace::new().demo_language();
    let before = workspace.tree("");
    let templates = ["--templates", "templates"];
    let run = workspace.run(&[arguments, &templates].concat());
    assert_eq!(before, workspace.tree(""), "something was written");
    with_settings!({filters => [("there are (.*, )?demo(, [a-z, ]*)?", "there are [LANGUAGES]")]}, {
        assert_snapshot!(name, run.text());
    });
}

#[test]
fn without_a_language_and_a_terminal() {
    refused("no_language", &[]);
}

#[test]
fn unknown_names() {
    refused("unknown_language", &["--lang", "dmeo"]);
    refused("unknown_language_far", &["--lang", "cobol"]);
    refused("unknown_client", &["--lang", "demo", "--client", "plian"]);
    refused("unknown_flag", &["--lang", "demo", "--scpoe", "x"]);
    refused("unknown_command", &["lisst"]);
}

#[test]
fn refused_values() {
    for (name, flag, value) in [
        ("token_url_http", "--token-url", "http://evil.example"),
        (
            "token_url_password",
            "--token-url",
            "https://user:hunter2@api.example.com/",
        ),
        ("token_url_text", "--token-url", "not a url"),
        (
            "token_url_quote",
            "--token-url",
            "https://api.example.com/'",
        ),
        ("api_url_query", "--api-url", "https://api.example.com/?a=b"),
        (
            "scope_newline",
            "--scope",
            "orders:read\nSSOJET_TOKEN_URL=http://evil.example",
        ),
        ("scope_spaces", "--scope", "a  b"),
        ("audience_quote", "--audience", "it's"),
        ("name", "--name", "../../etc"),
        ("name_dash", "--name", "orders-"),
        ("name_taken", "--name", "taken-by-a-dependency"),
        ("auth_method", "--auth-method", "client_secret_pots"),
        ("out_empty", "--out", ""),
        ("out_unnamed", "--out", "new/.."),
    ] {
        refused(name, &["--lang", "demo", flag, value]);
    }
}

#[test]
fn a_folder_below_the_catalogue_is_not_taken_for_one() {
    let workspace = Workspace::new().demo_language();
    let run = workspace.run(&["list", "--templates", "templates/languages"]);
    assert_snapshot!(run.text());
}

#[test]
fn flags_that_exclude_each_other() {
    refused(
        "force_and_skip",
        &["--lang", "demo", "--force", "--skip-existing"],
    );
    refused("client_alone", &["--client", "plain"]);
}
