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
    let asked: [&[&str]; 14] = [
        &[],
        &["--rule", "K99", "--lang", "demo"],
        &["--rule", "K8", "--lang", "demo"],
        &["--rule", "k8", "--rule", "S3", "--list"],
        &["--rule", "K1", "--scenario", "user-agent", "--lang", "demo"],
        &["--scenario", "user-agnet", "--lang", "demo"],
        &["--report", "jsn=x.json", "--lang", "demo"],
        &["--report", "json", "--lang", "demo"],
        &["--report", "json=-", "--lang", "demo"],
        &["--report", "json=x", "--report", "html=x", "--lang", "demo"],
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
fn an_operation_that_a_driver_lacks_hides_no_failure_before_it() {
    let driver = "templates/languages/demo/clients/plain/driver/driver.sh.j2";
    let lacking = r#"*'"invalidate"'*) printf '{"unsupported":true,"id":%s}\n' "$id" ;;
    *'"describe"'*"#;
    let workspace = workspace().edit(driver, r#"*'"describe"'*"#, lacking);
    let row = [
        "--lang",
        "demo",
        "--client",
        "plain",
        "--scenario",
        "retried-status",
    ];
    let run = verify(&workspace, &row);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(!run.stdout.contains("not applicable"), "{}", run.stdout);
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
    assert_eq!(prepared.len(), 2, "one folder and its record: {prepared:?}");
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

/// In some languages a driver can only use a project's package by its name.
#[test]
fn a_driver_is_told_what_its_project_is_called() {
    const TEMPLATE: &str = "templates/languages/demo/clients/plain/driver/driver.sh.j2";
    let workspace = workspace().edit(TEMPLATE, "id=0", "id=0 # for {{ name }}");
    workspace.succeed(&[
        "--lang",
        "demo",
        "--name",
        "billing-worker",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    let tree = workspace.tree("cache/ssojet-gen/verify");
    let is_told = |text: &String| text.contains("id=0 # for billing-worker");
    assert!(tree.values().any(is_told), "{tree:#?}");

    let workspace = workspace.edit("project/.ssojet-gen.json", "billing-worker", "a name\\n");
    let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 2, "{run:#?}");
    assert!(run.stderr.contains("`--name`"), "{run:#?}");
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
        // No rule was tried, so none has failed.
        assert_eq!(run.code, 5, "{run:#?}");
        assert!(run.stdout.contains("not run"), "{run:#?}");
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
fn versions_are_those_of_the_folder_that_is_verified() {
    let workspace = workspace().file("pinned", "").file("cache/file", "").edit(
        MANIFEST,
        "echo sh 1.0",
        "if [ -e pinned ]; then echo sh 0.1; else echo sh 1.0; fi",
    );
    let project = [
        "--lang",
        "demo",
        "--templates",
        "templates",
        "--out",
        "project",
    ];
    workspace.succeed(&project);
    let code = |arguments: &[&str]| {
        verify(&workspace, &[arguments, &PASSED, &["--require"]].concat()).code
    };
    let client = ["--lang", "demo", "--client", "plain"];
    assert_eq!(code(&client), 0);
    assert_eq!(code(&["project"]), 0);
    workspace.write("project/pinned", "");
    assert_eq!(code(&["project"]), 4);
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
}

#[test]
fn what_could_not_be_tried_has_not_failed() {
    let workspace = workspace().file("file", "");
    fs::create_dir(workspace.path("tmp")).unwrap();
    let client = ["--lang", "demo", "--client", "plain"];
    let client = [&client[..], &PASSED].concat();
    let driver = "sh templates/languages/demo/clients/plain/driver/driver.sh.j2";
    let driver = [&["--driver", driver][..], &PASSED].concat();
    let run = |arguments: &[&str], cache: &str, tmp: &str| {
        let mut command = command(&workspace, arguments);
        command
            .env("XDG_CACHE_HOME", workspace.path(cache))
            .env("TMPDIR", workspace.path(tmp));
        workspace.finish(&mut command)
    };

    // A temporary folder serves where the cache cannot be written, and goes.
    let found = run(&client, "file/cache", "tmp");
    assert_eq!(found.code, 0, "{found:#?}");
    assert!(found.stderr.contains("XDG_CACHE_HOME"), "{found:#?}");
    assert_eq!(fs::read_dir(workspace.path("tmp")).unwrap().count(), 0);
    // A driver needs no cache.
    let found = run(&driver, "file/cache", "tmp");
    assert_eq!(found.code, 0, "{found:#?}");
    assert!(!found.stderr.contains("no cache"), "{found:#?}");

    for (arguments, cache, tmp, told) in [
        (&client, "file/cache", "file/tmp", "TMPDIR"),
        (
            &client,
            "cache",
            "file/tmp",
            "cannot make a temporary file in `[WORKSPACE]/file/tmp`",
        ),
        (&driver, "cache", "file/tmp", "TMPDIR"),
        (
            &vec!["--driver", "no-such-program"],
            "cache",
            "tmp",
            "cannot run `no-such-program`",
        ),
    ] {
        let found = run(arguments, cache, tmp);
        assert_eq!(found.code, 5, "{arguments:?}: {found:#?}");
        assert!(found.text().contains(told), "{arguments:?}: {found:#?}");
        assert!(
            !found.text().to_lowercase().contains("failed:"),
            "{found:#?}"
        );
        assert!(!found.stdout.contains("FAILED"), "{found:#?}");
    }
}

#[test]
fn nothing_that_a_child_prints_reaches_a_terminal_or_a_report_unescaped() {
    let evil = r"printf '\033[2J\000\033]0;title\007\302\233evil\n'";
    let ready = r#"printf '%s\n' '{"ready":true,"protocol":1,"language":"\u001b[2J\u0000","versions":{"\u009b":"\u0007"}}'"#;
    let answers = r#"while read -r line; do
        case $line in *configure*) echo '{"unsupported":true,"id":1}' ;; *) exit 3 ;; esac
    done"#;
    let refused =
        r#"echo '{"ready":false,"error":{"kind":"configuration","message":"\u001b[2J"}}'"#;
    let workspace = workspace()
        .file("garbage.sh", evil)
        .file("dies.sh", &format!("{evil} >&2; exit 3"))
        .file("refuses.sh", &refused.replace("\\u", "\\\\u"))
        .file("ready.sh", &format!("{ready}; {answers}"))
        .file("install.sh", &format!("{evil}; exit 3"));
    let folder = workspace.path("");
    let workspace = workspace.edit(
        MANIFEST,
        "echo installed > installed",
        &format!("sh {}/install.sh", folder.display()),
    );
    let reports = ["json=r.json", "junit=r.xml", "markdown=r.md", "html=r.html"];
    let reports = reports.iter().flat_map(|report| ["--report", report]);
    let reports: Vec<&str> = reports.collect();
    let install = ["--lang", "demo", "--client", "plain"];
    for arguments in [
        &["--driver", "sh garbage.sh"][..],
        &["--driver", "sh dies.sh"],
        &["--driver", "sh refuses.sh"],
        &["--driver", "sh ready.sh"],
        &install,
    ] {
        let run = verify(&workspace, &[arguments, &PASSED, &reports].concat());
        let mut texts = vec![run.stdout.clone(), run.stderr.clone()];
        texts.extend(["r.json", "r.xml", "r.md", "r.html"].map(|path| workspace.read(path)));
        for text in texts {
            let is_bare = |c: char| c.is_control() && c != '\n';
            assert!(!text.contains(is_bare), "{arguments:?}: {text:?}");
        }
        let shown = run.stdout + &workspace.read("r.json");
        assert!(shown.contains(r"\u{1b}"), "{arguments:?}: {shown}");
    }
    // And where there is no run.
    let run = verify(
        &workspace,
        &[&install[..], &["--keep", "kept", "--prepare-only"]].concat(),
    );
    assert!(run.stderr.contains(r"\u{1b}"), "{run:#?}");
    assert!(!run.stderr.contains('\u{1b}'), "{run:#?}");
}

#[cfg(unix)]
#[test]
fn links_within_a_project_are_copied_and_others_left_out() {
    use std::os::unix::fs::symlink;

    let workspace = workspace().file("outside.txt", "not of the project\n");
    workspace.succeed(&[
        "--lang",
        "demo",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    workspace.write("project/.gitignore", ".env\nbuild/\n");
    workspace.write("project/.env", "SSOJET_CLIENT_SECRET='my own'\n");
    workspace.write("project/build/out", "built\n");
    workspace.write("project/src/deep/a.txt", "deep\n");
    for (link, target) in [
        ("docs.md", "README.md"),
        ("lib", "src/deep"),
        ("src/up", "../src"),
        ("here", "."),
        ("passwd", "/etc/passwd"),
        ("beside", "../outside.txt"),
        ("dangling", "nowhere"),
        ("round", "round"),
        ("secret", ".env"),
        ("built", "build"),
    ] {
        symlink(target, workspace.path(&format!("project/{link}"))).unwrap();
    }
    symlink("project", workspace.path("linked-project")).unwrap();
    let run = verify(&workspace, &[&["linked-project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    let left_out = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("left out"));
    assert_snapshot!(left_out.collect::<Vec<_>>().join("\n"), @r"
    left out of the copy: `beside` is a symbolic link that leads out of the project
    left out of the copy: `built` is a symbolic link that leads to what is not copied
    left out of the copy: `dangling` is a symbolic link that leads to nothing
    left out of the copy: `here` is a symbolic link that leads round in a circle
    left out of the copy: `passwd` is a symbolic link that leads out of the project
    left out of the copy: `round` is a symbolic link that leads to nothing
    left out of the copy: `secret` is a symbolic link that leads to what is not copied
    left out of the copy: `src/up` is a symbolic link that leads round in a circle
    ");
    let tree = workspace.tree("cache/ssojet-gen/verify");
    let text = |end: &str| {
        tree.iter()
            .find(|(path, _)| path.ends_with(end))
            .map(|(_, text)| text)
    };
    assert_eq!(text("/docs.md"), text("/README.md"));
    assert_eq!(text("/lib/a.txt").unwrap(), "deep\n");
    assert!(
        !tree
            .values()
            .any(|text| text.contains("my own") || text.contains("root:"))
    );
    assert!(
        !tree
            .values()
            .any(|text| text.contains("not of the project"))
    );
}

#[test]
fn rules_of_git_above_a_project_count_only_in_a_repository() {
    let workspace = workspace().file(".gitignore", "*\n");
    workspace.succeed(&[
        "--lang",
        "demo",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    let arguments = [&["project"][..], &PASSED].concat();
    let run = verify(&workspace, &arguments);
    assert_eq!(run.code, 0, "{run:#?}");

    fs::create_dir(workspace.path(".git")).unwrap();
    let run = verify(&workspace, &arguments);
    assert_eq!(run.code, 5, "{run:#?}");
    assert!(run.text().contains("git ignores it"), "{run:#?}");
}

#[test]
fn what_stands_in_the_way_of_keep_is_told() {
    let workspace = workspace().file("file", "").file("full/file", "");
    let client = ["--lang", "demo", "--client", "plain", "--keep"];
    for (folder, told) in [("file", "is in the way"), ("full", "is not empty")] {
        let run = verify(&workspace, &[&client[..], &[folder], &PASSED].concat());
        assert_eq!(run.code, 3, "{run:#?}");
        assert!(run.stderr.contains(told), "{run:#?}");
    }
    let broken = workspace.edit(MANIFEST, "echo installed > installed", "exit 3");
    let run = verify(&broken, &[&client[..], &["new"], &PASSED].concat());
    assert_eq!(run.code, 5, "{run:#?}");
}

#[test]
fn a_provenance_file_that_cannot_be_read_is_there() {
    let workspace = workspace();
    fs::create_dir_all(workspace.path("project/.ssojet-gen.json")).unwrap();
    let run = verify(&workspace, &["project"]);
    assert_eq!(run.code, 5, "{run:#?}");
    assert!(run.stderr.contains("cannot read"), "{run:#?}");
}

#[cfg(unix)]
#[test]
fn names_that_some_system_lacks_are_left_out() {
    use std::os::unix::ffi::OsStrExt as _;

    let workspace = workspace();
    workspace.succeed(&[
        "--lang",
        "demo",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    let project = workspace.path("project");
    fs::write(project.join("a\\b"), "").unwrap();
    fs::write(project.join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").unwrap();
    let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    for told in ["`a\\b` is not a plain relative path", "is not Unicode"] {
        assert!(run.stderr.contains(told), "{run:#?}");
    }
    let tree = workspace.tree("cache/ssojet-gen/verify");
    assert!(!tree.keys().any(|path| path.ends_with("/b")), "{tree:#?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_the_provenance_file_is_told() {
    let workspace = workspace();
    fs::create_dir(workspace.path("project")).unwrap();
    let pipe = workspace.path("project/.ssojet-gen.json");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let run = verify(&workspace, &["project"]);
    assert_eq!(run.code, 2, "{run:#?}");
    assert!(run.stderr.contains("not a plain file"), "{run:#?}");
}
