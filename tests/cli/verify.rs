//! `verify` as a person uses it, with a driver of a few lines of shell.

use std::{fs, process::Command};

use insta::{assert_snapshot, with_settings};

use crate::workspace::{Run, Workspace};

const MANIFEST: &str = "templates/languages/demo/manifest.yaml";

/// It knows no operation but `describe`, to which it has nothing to say.
const DRIVER: &str = r#"printf '%s\n' '{"ready":true,"protocol":1,"language":"sh","client":"plain","capabilities":[]}'
id=0
while read -r line; do
  id=$((id + 1))
  case $line in
    *'"configure"'*) printf '{"unsupported":true,"id":%s}\n' "$id" ;;
    *'"describe"'*) printf '{"text":"nothing","id":%s}\n' "$id" ;;
    *) printf '{"ok":true,"id":%s}\n' "$id" ;;
  esac
done
"#;

/// The one scenario that it passes.
pub const PASSED: [&str; 2] = ["--scenario", "no-request-when-built"];
/// One that it fails.
pub const FAILED: [&str; 2] = ["--scenario", "user-agent"];

/// With a driver for `demo-plain`.
pub fn workspace() -> Workspace {
    Workspace::new()
        .demo_language()
        .file(
            "templates/languages/demo/clients/plain/driver/driver.sh.j2",
            DRIVER,
        )
        .edit(
            MANIFEST,
            "install: [[sh, -c, \"true\"]]",
            "install: [[sh, -c, \"echo installed > installed\"]]",
        )
        .file(
            "templates/vectors.json",
            include_str!("../../templates/vectors.json"),
        )
}

pub fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let templates = ["verify", "--templates", "templates", "--trust"];
    let mut command = workspace.command(&[&templates[..], arguments].concat());
    command.env("XDG_CACHE_HOME", workspace.path("cache"));
    command
}

pub fn verify(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.finish(&mut command(workspace, arguments))
}

/// Times, ports and the program's own ids differ from run to run.
fn assert_text(name: &str, run: &Run) {
    let filters = [
        (r"in \d+\.\d s", "in [TIME]"),
        (r" +\d+\.\d{3} s  ", "  [TIME]  "),
        (r"127\.0\.0\.1:\d+", "[ADDRESS]"),
        (r"cli_sandbox_[\w-]+", "[CLIENT-ID]"),
        (r"Date: .*", "Date: [DATE]"),
    ];
    with_settings!({filters => filters}, { assert_snapshot!(name, run.text()); });
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let workspace = workspace();
    let asked: [&[&str]; 9] = [
        &[],
        &["--rule", "K99", "--lang", "demo"],
        &["--scenario", "user-agnet", "--lang", "demo"],
        &["--report", "jsn=x.json", "--lang", "demo"],
        &["--report", "json", "--lang", "demo"],
        &["--driver", ""],
        &["--driver", "sh 'driver"],
        &["templates"],
        &["--lang", "demo", "--keep", "templates", "--prepare-only"],
    ];
    let told = asked.map(|arguments| {
        let run = verify(&workspace, arguments);
        assert_eq!(run.stdout, "");
        let error = run
            .stderr
            .lines()
            .filter(|line| !line.starts_with("  ") && !line.starts_with("Commands"));
        format!(
            "{} => {}: {}\n",
            arguments.join(" "),
            run.code,
            error.collect::<Vec<_>>().join("\n")
        )
    });
    assert_snapshot!("verify_usage", told.concat());
}

#[test]
fn a_scenario_that_holds_and_one_that_does_not() {
    let workspace = workspace();
    let client = ["--lang", "demo", "--client", "plain"];
    assert_text(
        "verify_passed",
        &verify(&workspace, &[&client[..], &PASSED].concat()),
    );
    assert_text(
        "verify_failed",
        &verify(&workspace, &[&client[..], &FAILED].concat()),
    );
}

#[test]
fn a_declared_exception_is_no_failure() {
    let workspace = workspace().edit(
        MANIFEST,
        "default: true, version: \"1\"",
        "default: true, version: \"1\", exceptions: {T5: sh has no name}",
    );
    let run = verify(
        &workspace,
        &["--lang", "demo", "--client", "plain", "--rule", "T5"],
    );
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(
        run.stdout.contains("declared exception: T5 of demo-plain"),
        "{run:#?}"
    );
}

#[test]
fn a_project_is_copied_and_never_written() {
    let workspace = workspace();
    workspace.succeed(&[
        "--lang",
        "demo",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    workspace.write("project/.env", "SSOJET_CLIENT_SECRET='my own'\n");
    workspace.write("project/ignored/big", "git does not see it\n");
    workspace.write("project/.gitignore", ".env\nignored/\n");
    let before = workspace.tree("project");
    for _ in 0..2 {
        let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
        assert_eq!(run.code, 0, "{run:#?}");
    }
    assert_eq!(workspace.tree("project"), before);
    let prepared: Vec<_> = fs::read_dir(workspace.path("cache/ssojet-gen/verify"))
        .unwrap()
        .collect();
    assert_eq!(
        prepared.len(),
        2,
        "one folder and its pointer: {prepared:?}"
    );
    let tree = workspace.tree("cache/ssojet-gen/verify");
    let has = |end: &str| tree.keys().any(|path| path.ends_with(end));
    assert!(
        has("/installed") && has("/main.sh") && has("/.ssojet-verify/driver.sh"),
        "{tree:#?}"
    );
    assert!(
        !has("/big") && !tree.values().any(|text| text.contains("my own")),
        "{tree:#?}"
    );
}

#[test]
fn an_install_that_fails_leaves_nothing_to_be_used() {
    let workspace = workspace();
    let broken = workspace.edit(
        MANIFEST,
        "echo installed > installed",
        "echo no network; exit 3",
    );
    let arguments = [&["--lang", "demo", "--client", "plain"][..], &PASSED].concat();
    for _ in 0..2 {
        let run = verify(&broken, &arguments);
        assert_eq!(run.code, 1, "{run:#?}");
        assert!(run.stdout.contains("no network"), "{run:#?}");
    }
    assert!(broken.tree("cache").is_empty());
}

#[test]
fn a_missing_toolchain_is_not_run_and_counts_where_it_is_required() {
    let workspace = workspace().edit(MANIFEST, "[sh, -c, \"echo sh 1.0\"]", "[no-such-sh]");
    let arguments = [&["--lang", "demo", "--client", "plain"][..], &PASSED].concat();
    assert_text("verify_not_run", &verify(&workspace, &arguments));
    assert_eq!(
        verify(&workspace, &[&arguments[..], &["--require"]].concat()).code,
        4
    );
}

#[test]
fn prepares_a_project_for_another_harness() {
    let workspace = workspace();
    let arguments = [
        "--lang",
        "demo",
        "--client",
        "plain",
        "--prepare-only",
        "--keep",
        "kept",
    ];
    let run = verify(&workspace, &arguments);
    assert_eq!(run.code, 0, "{run:#?}");
    assert_eq!(
        run.stdout,
        "{\"command\":[\"sh\",\".ssojet-verify/driver.sh\"],\"cwd\":\"[WORKSPACE]/kept\",\"env\":{},\"parallel\":false,\"pass\":[]}\n"
    );
    assert!(workspace.path("kept/installed").exists());
    assert_eq!(verify(&workspace, &arguments).code, 3);
}

#[test]
fn a_driver_that_breaks_the_protocol_is_told() {
    let workspace = workspace();
    let driver = |command: &str| {
        let run = verify(&workspace, &[&["--driver", command][..], &PASSED].concat());
        assert_eq!(run.code, 1, "{run:#?}");
        run.stdout
    };
    assert!(driver("sh -c 'exit 7'").contains("ended (exit status: 7) where a first line was due"));
    assert!(driver("echo hello").contains("printed `hello`"));
    assert!(driver("no-such-program").contains("cannot run `no-such-program`"));
}
