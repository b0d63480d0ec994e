//! `try`: everything at once, in a folder that goes.

use std::fs;

use insta::{assert_snapshot, with_settings};

use crate::workspace::{Run, Workspace};

const MANIFEST: &str = "templates/languages/demo/manifest.yaml";

fn try_demo(workspace: &Workspace, more: &[&str]) -> Run {
    let arguments = [
        "try",
        "--lang",
        "demo",
        "--templates",
        "templates",
        "--trust",
    ];
    workspace.run(&[&arguments[..], more].concat())
}

/// Times and ports differ from run to run.
fn assert_text(name: &str, run: &Run) {
    with_settings!({filters => [(r"\d+\.\d s", "[TIME]"), (r"127\.0\.0\.1:\d+", "[ADDRESS]")]}, {
        assert_snapshot!(name, run.text());
    });
}

#[test]
fn shows_what_the_program_prints_and_what_the_sandbox_saw() {
    let workspace = Workspace::new().demo_language();
    assert_text("try", &try_demo(&workspace, &[]));
}

#[test]
fn keeps_the_project_where_asked() {
    let workspace = Workspace::new().demo_language();
    assert_text("keep", &try_demo(&workspace, &["--keep", "kept"]));
    assert!(workspace.path("kept/main.sh").exists());
    assert_eq!(try_demo(&workspace, &["--keep", "kept"]).code, 0);
    workspace.write("kept/main.sh", "changed\n");
    assert_eq!(try_demo(&workspace, &["--keep", "kept"]).code, 3);
}

#[test]
fn a_step_that_fails_is_told_with_its_output() {
    let workspace = Workspace::new().demo_language().edit(
        MANIFEST,
        "install: [[sh, -c, \"true\"]]",
        "install: [[sh, -c, \"echo no network; echo at all >&2; exit 3\"]]",
    );
    assert_text("install_fails", &try_demo(&workspace, &[]));

    let workspace =
        Workspace::new()
            .demo_language()
            .edit(MANIFEST, "[[sh, main.sh]]", "[[sh, -c, exit 4]]");
    assert_text("run_fails", &try_demo(&workspace, &[]));
}

#[test]
fn a_missing_toolchain_is_told_with_what_to_install() {
    let missing = Workspace::new().demo_language().edit(
        MANIFEST,
        "[sh, -c, \"echo sh 1.0\"]",
        "[no-such-sh]",
    );
    assert_text("toolchain_missing", &try_demo(&missing, &[]));
    let old =
        Workspace::new()
            .demo_language()
            .edit(MANIFEST, "at_least: \"1.0\"", "at_least: \"1.1\"");
    assert_text("toolchain_old", &try_demo(&old, &[]));
}

/// Version managers choose by the folder, and a foreign one may be that of an older project.
#[test]
fn versions_are_those_of_the_folder_that_the_project_will_have() {
    let workspace = Workspace::new().demo_language().file("pinned", "").edit(
        MANIFEST,
        "echo sh 1.0",
        "if [ -e pinned ]; then echo sh 0.1; else echo sh 1.0; fi",
    );
    assert_eq!(try_demo(&workspace, &[]).code, 0);
    assert_eq!(try_demo(&workspace, &["--keep", "kept"]).code, 4);
    fs::create_dir(workspace.path("kept")).unwrap();
    assert_eq!(try_demo(&workspace, &["--keep", "kept"]).code, 0);
}

#[test]
fn commands_of_a_foreign_catalogue_need_trust() {
    let workspace = Workspace::new().demo_language();
    let run = workspace.run(&["try", "--lang", "demo", "--templates", "templates"]);
    assert_text("trust", &run);
}
