//! The reports of `verify`: where they go, and what becomes of them when they cannot go there.

use crate::{
    verify::{FAILED, PASSED, verify, workspace},
    workspace::{Run, Workspace},
};

const CLIENT: [&str; 4] = ["--lang", "demo", "--client", "plain"];

fn verified(workspace: &Workspace, more: &[&str]) -> Run {
    verify(workspace, &[&CLIENT[..], &PASSED, more].concat())
}

#[test]
fn reports_are_written_where_asked() {
    let workspace = workspace();
    let reports = ["json=r.json", "markdown=r.md", "junit=r.xml"];
    let reports = reports.iter().flat_map(|report| ["--report", report]);
    let client = ["--lang", "demo", "--client", "plain"];
    let arguments: Vec<&str> = client.into_iter().chain(FAILED).chain(reports).collect();
    assert_eq!(verify(&workspace, &arguments).code, 1);
    let json: serde_json::Value = serde_json::from_str(&workspace.read("r.json")).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["targets"][0]["id"], "demo-plain");
    assert_eq!(json["targets"][0]["outcome"], "failed");
    assert_eq!(
        json["targets"][0]["cases"][0]["failures"][0]["rules"][0],
        "T5"
    );
    assert!(workspace.read("r.md").contains("**failed**"));
    let xml = workspace.read("r.xml");
    assert!(
        xml.contains("<failure") && xml.contains("name=\"user-agent\""),
        "{xml}"
    );
}

#[test]
fn a_path_that_cannot_be_written_is_told_before_anything_is_run() {
    let workspace = workspace().file("file", "");
    for path in ["file/below.json", "templates", "/proc/ssojet-gen/r.json"] {
        let run = verified(&workspace, &["--report", &format!("json={path}")]);
        assert_eq!((run.code, &*run.stdout), (5, ""), "{run:#?}");
        assert!(run.stderr.contains("nothing was run"), "{run:#?}");
        assert!(run.stderr.contains(path), "{run:#?}");
    }
    assert!(!workspace.path("cache").exists());
}

#[test]
fn each_report_has_a_file_of_its_own_whatever_that_is_called() {
    let workspace = workspace();
    let reports = ["--report", "json=r", "--report", "junit=./r"];
    let run = verified(&workspace, &reports);
    assert_eq!(run.code, 2, "{run:#?}");
    assert!(run.stderr.contains("two reports"), "{run:#?}");
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Permissions},
        io::Read as _,
        os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink},
        process::{Command, Stdio},
    };

    use super::*;
    use crate::verify::command;

    fn is_report(text: &str) -> bool {
        serde_json::from_str::<serde_json::Value>(text).is_ok_and(|report| report["schema"] == 1)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_report_that_fails_at_the_end_keeps_nothing_else_back() {
        let workspace = workspace();
        let reports = ["--report", "json=/dev/full", "--report", "junit=r.xml"];
        let run = verified(&workspace, &reports);
        assert_eq!(run.code, 5, "{run:#?}");
        assert!(run.stderr.contains("cannot write `/dev/full`"), "{run:#?}");
        assert!(run.stdout.contains("1 passed"), "{run:#?}");
        assert!(workspace.read("r.xml").contains("<testsuite"));
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut verify_failed = command(&workspace, &[&CLIENT[..], &FAILED].concat());
        let done = verify_failed.stdout(full).output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{done:#?}");
        assert!(
            String::from_utf8_lossy(&done.stderr).contains("No space left"),
            "{done:#?}"
        );
        // A rule that does not hold is the worse news.
        let run = verify(&workspace, &[&CLIENT[..], &FAILED, &reports].concat());
        assert_eq!(run.code, 1, "{run:#?}");
        assert!(run.stderr.contains("cannot write `/dev/full`"), "{run:#?}");
    }

    #[test]
    fn a_pipe_without_a_reader_hides_no_result_and_can_be_left() {
        let workspace = workspace();
        let pipe = workspace.path("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let arguments = [&CLIENT[..], &PASSED, &["--report", "json=pipe"]].concat();
        let mut verify = command(&workspace, &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = verify.stdout.take().unwrap();
        let mut table = String::new();
        while !table.contains("1 passed") {
            let mut bytes = [0; 4096];
            let length = stdout.read(&mut bytes).unwrap();
            assert_ne!(length, 0, "{table}");
            table += &String::from_utf8_lossy(&bytes[..length]);
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        let id = verify.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(verify.wait().unwrap().code(), Some(130));
    }

    #[test]
    fn a_link_is_followed_and_permissions_stay() {
        let workspace = workspace().file("elsewhere/r.json", "old\n");
        let target = workspace.path("elsewhere/r.json");
        fs::set_permissions(&target, Permissions::from_mode(0o600)).unwrap();
        symlink("elsewhere/r.json", workspace.path("link")).unwrap();
        symlink("elsewhere/new.json", workspace.path("dangling")).unwrap();
        let reports = ["--report", "json=link", "--report", "json=dangling"];
        assert_eq!(verified(&workspace, &reports).code, 0);
        assert!(workspace.path("link").is_symlink() && workspace.path("dangling").is_symlink());
        assert!(is_report(&workspace.read("elsewhere/r.json")));
        assert!(is_report(&workspace.read("elsewhere/new.json")));
        assert_eq!(target.metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_pipe_and_a_device_are_written_to_and_stay() {
        let workspace = workspace();
        let pipe = workspace.path("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let mut reader = Command::new("cat")
            .arg(&pipe)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut arguments = vec!["--report", "json=pipe"];
        // A null device of our own; only root may make one.
        let device = workspace.path("device");
        let mknod = Command::new("mknod")
            .arg(&device)
            .args(["c", "1", "3"])
            .output();
        let has_device = mknod.is_ok_and(|made| made.status.success());
        if has_device {
            arguments.extend(["--report", "json=device"]);
        }
        let run = verified(&workspace, &arguments);
        let is_pipe = pipe.symlink_metadata().unwrap().file_type().is_fifo();
        if !is_pipe {
            reader.kill().unwrap();
        }
        let mut text = String::new();
        reader
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        reader.wait().unwrap();
        assert!(is_pipe, "the pipe was replaced");
        assert_eq!(run.code, 0, "{run:#?}");
        assert!(is_report(&text), "{text}");
        if has_device {
            let kind = device.symlink_metadata().unwrap().file_type();
            assert!(kind.is_char_device(), "the device was replaced");
        }
    }

    #[test]
    fn standard_output_takes_a_report_and_then_nothing_else() {
        let workspace = workspace();
        let report = ["--report", "json=/dev/stdout"];
        let piped = verified(&workspace, &report);
        assert_eq!(piped.code, 0, "{piped:#?}");
        assert!(is_report(&piped.stdout), "{piped:#?}");
        assert!(piped.stderr.contains("1 passed"), "{piped:#?}");

        // Into a file: one that a shell has opened, and must not be replaced behind its back.
        let file = fs::File::create(workspace.path("out.json")).unwrap();
        let mut command = command(&workspace, &[&CLIENT[..], &PASSED, &report].concat());
        let mut child = command.stdout(file).stderr(Stdio::null()).spawn().unwrap();
        assert!(child.wait().unwrap().success());
        assert!(is_report(&workspace.read("out.json")));
    }
}
