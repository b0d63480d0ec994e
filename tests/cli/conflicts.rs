//! A user's files are safe.

use insta::assert_snapshot;

use crate::workspace::Workspace;

const DEMO: [&str; 4] = ["--lang", "demo", "--templates", "templates"];

fn scaffold(workspace: &Workspace, more: &[&str]) -> crate::workspace::Run {
    workspace.run(&[&DEMO, more].concat())
}

#[test]
fn all_files_in_the_way_are_listed_and_nothing_is_written() {
    let workspace = Workspace::new()
        .demo_language()
        .file("demo-plain/README.md", "mine\n")
        .file("demo-plain/main.sh", "mine too\n");
    let before = workspace.tree("demo-plain");
    assert_snapshot!("conflict", scaffold(&workspace, &[]).text());
    let dry_run = scaffold(&workspace, &["--dry-run"]);
    assert_snapshot!("conflict_dry_run", dry_run.text());
    assert_snapshot!("diff", scaffold(&workspace, &["--diff"]).text());
    assert_eq!(before, workspace.tree("demo-plain"));
}

#[test]
fn skip_existing_leaves_them() {
    let workspace = Workspace::new()
        .demo_language()
        .file("demo-plain/README.md", "mine\n");
    let diff = scaffold(&workspace, &["--skip-existing", "--diff"]);
    assert!(!diff.stdout.contains("b/README.md"), "{diff:#?}");
    assert!(diff.stdout.contains("b/main.sh"), "{diff:#?}");
    assert_snapshot!(scaffold(&workspace, &["--skip-existing"]).stderr);
    assert_eq!(workspace.read("demo-plain/README.md"), "mine\n");
    assert!(workspace.path("demo-plain/.ssojet-gen.json").exists());
}

#[test]
fn a_slash_or_a_dot_at_the_end_of_a_folder_means_nothing() {
    let workspace = Workspace::new().demo_language();
    for out in ["a/", "b/.", "./c//d/"] {
        let run = scaffold(&workspace, &["--out", out]);
        assert_eq!(run.code, 0, "{run:#?}");
        assert!(workspace.path(out).join("README.md").exists(), "{out}");
    }
    workspace.write("file", "");
    let run = scaffold(&workspace, &["--out", "file/"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(run.stderr.contains("`file` is in the way"), "{run:#?}");
}

#[test]
fn other_line_ends_are_the_same_file() {
    let workspace = Workspace::new().demo_language();
    let arguments = ["--lang", "demo", "--templates", "templates"];
    workspace.succeed(&arguments);
    for path in ["main.sh", "package.txt"] {
        let path = format!("demo-plain/{path}");
        let text = workspace.read(&path);
        workspace.write(&path, &text.replace('\n', "\r\n"));
    }
    let again = workspace.succeed(&arguments);
    let told = again
        .stderr
        .matches("2 unchanged but for line ends")
        .count();
    assert_eq!(told, 1, "{again:#?}");
    assert!(workspace.read("demo-plain/main.sh").contains("\r\n"));
    let diff = workspace.succeed(&[&arguments[..], &["--diff"]].concat());
    assert_eq!(diff.stdout, "");
}

#[test]
fn force_overwrites_them_and_leaves_other_files() {
    let workspace = Workspace::new()
        .demo_language()
        .file("demo-plain/README.md", "mine\n")
        .file("demo-plain/notes.md", "mine\n");
    assert_snapshot!(scaffold(&workspace, &["--force"]).stderr);
    assert!(
        workspace
            .read("demo-plain/README.md")
            .starts_with("# ssojet-m2m")
    );
    assert_eq!(workspace.read("demo-plain/notes.md"), "mine\n");
}

#[test]
fn a_file_with_the_same_bytes_is_not_touched() {
    let workspace = Workspace::new().demo_language();
    assert_eq!(scaffold(&workspace, &[]).code, 0);
    let time = |path| workspace.path(path).metadata().unwrap().modified().unwrap();
    let before = (
        time("demo-plain/main.sh"),
        time("demo-plain/.ssojet-gen.json"),
    );
    assert_eq!(scaffold(&workspace, &["--force"]).code, 0);
    assert_eq!(
        before,
        (
            time("demo-plain/main.sh"),
            time("demo-plain/.ssojet-gen.json")
        )
    );
}

#[test]
fn a_file_in_place_of_a_folder_is_told() {
    let workspace = Workspace::new()
        .demo_language()
        .file("demo-plain", "a file\n");
    assert_snapshot!("root_is_a_file", scaffold(&workspace, &[]).text());
    assert_snapshot!(
        "below_a_file",
        scaffold(&workspace, &["--out", "demo-plain/x"]).text()
    );
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    use super::*;

    #[test]
    fn nothing_is_written_through_a_symbolic_link() {
        let workspace = Workspace::new()
            .demo_language()
            .file("templates/languages/demo/project/src/a.txt.j2", "a\n")
            .file("elsewhere/keep", "");
        fs::create_dir(workspace.path("demo-plain")).unwrap();
        symlink(
            workspace.path("elsewhere"),
            workspace.path("demo-plain/src"),
        )
        .unwrap();
        assert_snapshot!("linked_folder", scaffold(&workspace, &["--force"]).text());
        assert_eq!(workspace.tree("elsewhere").len(), 1);
    }

    #[test]
    fn a_linked_file_is_a_conflict_and_force_replaces_the_link() {
        let workspace = Workspace::new()
            .demo_language()
            .file("elsewhere.md", "mine\n");
        fs::create_dir(workspace.path("demo-plain")).unwrap();
        let link = workspace.path("demo-plain/README.md");
        symlink(workspace.path("elsewhere.md"), &link).unwrap();
        assert_eq!(scaffold(&workspace, &[]).code, 3);
        assert_eq!(scaffold(&workspace, &["--force"]).code, 0);
        assert_eq!(workspace.read("elsewhere.md"), "mine\n");
        assert!(!link.is_symlink());
    }

    #[test]
    fn a_pipe_in_a_files_place_is_told_and_never_read() {
        let workspace = Workspace::new().demo_language();
        scaffold(&workspace, &[]);
        let place = workspace.path("demo-plain/main.sh");
        fs::remove_file(&place).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&place).status();
        assert!(made.unwrap().success());
        let run = scaffold(&workspace, &["--diff"]);
        assert_eq!(run.code, 3);
        assert!(run.stderr.contains("main.sh` is in the way"), "{run:#?}");
    }

    #[test]
    fn scripts_can_be_run_and_other_files_cannot() {
        let workspace = Workspace::new().demo_language();
        for more in [&[][..], &["--force"]] {
            assert_eq!(scaffold(&workspace, more).code, 0);
            let mode = |path| {
                workspace
                    .path(path)
                    .metadata()
                    .unwrap()
                    .permissions()
                    .mode()
            };
            assert_eq!(mode("demo-plain/main.sh") & 0o111, 0o111);
            assert_eq!(mode("demo-plain/README.md") & 0o111, 0);
            assert_ne!(
                mode("demo-plain") & 0o055,
                0,
                "others' rights come from the umask"
            );
            workspace.write("demo-plain/main.sh", "changed\n");
        }
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        let workspace = Workspace::new().demo_language();
        assert_eq!(scaffold(&workspace, &[]).code, 0);
        for mode in [0o600, 0o755, 0o444] {
            let readme = workspace.path("demo-plain/README.md");
            fs::set_permissions(&readme, Permissions::from_mode(0o644)).unwrap();
            workspace.write("demo-plain/README.md", "changed\n");
            fs::set_permissions(&readme, Permissions::from_mode(mode)).unwrap();
            assert_eq!(scaffold(&workspace, &["--force"]).code, 0);
            assert!(workspace.read("demo-plain/README.md").starts_with("# "));
            let found = readme.metadata().unwrap().permissions().mode() & 0o7777;
            assert_eq!(found, mode, "{found:o} in place of {mode:o}");
        }
    }

    #[test]
    fn a_pipe_in_the_way_is_told_and_stays() {
        let workspace = Workspace::new().demo_language();
        fs::create_dir(workspace.path("demo-plain")).unwrap();
        let pipe = workspace.path("demo-plain/README.md");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for more in ["--force", "--skip-existing", "--dry-run"] {
            let run = scaffold(&workspace, &[more]);
            assert_eq!(run.code, 3, "{run:#?}");
            assert!(run.stderr.contains("it is not a plain file"), "{run:#?}");
        }
        assert!(!pipe.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        // Root may write anywhere but here.
        let workspace = Workspace::new().demo_language();
        let out = "/proc/ssojet-gen/demo";
        let run = scaffold(&workspace, &["--out", out]);
        assert_eq!(run.code, 5, "{run:?}");
        assert_snapshot!("unwritable", run.text());

        let locked = workspace.path("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, Permissions::from_mode(0o555)).unwrap();
        if fs::write(locked.join("probe"), "").is_err() {
            assert_eq!(scaffold(&workspace, &["--out", "locked/demo"]).code, 5);
        }
    }
}
