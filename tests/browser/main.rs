//! The report for a browser, in a browser: it loads without an error, and asks for nothing.
//!
//! Without Chromium, or Python for the client that is verified, it is shown as `ignored`; with
//! `SSOJET_GEN_REQUIRE=1` it fails then.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests may")]

use std::{fs, path::Path, process::Command};

use libtest_mimic::{Arguments, Failed, Trial};

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/driver.py");
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn main() {
    let is_there = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    let browser = BROWSERS
        .into_iter()
        .find(is_there)
        .filter(|_| is_there(&"python3"));
    let is_required = std::env::var_os("SSOJET_GEN_REQUIRE").is_some_and(|value| value == "1");
    let trial = match browser {
        Some(browser) => Trial::test("the report loads and asks for nothing", move || {
            loads(browser)
        }),
        None => Trial::test("the report (not run: no Chromium or no Python)", || {
            Err("install Chromium and Python".into())
        })
        .with_ignored_flag(!is_required),
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn loads(browser: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let page = folder.path().join("report.html");
    let verified = Command::new(env!("CARGO_BIN_EXE_ssojet-gen"))
        .args([
            "verify",
            "--driver",
            &format!("python3 {DRIVER} --break K2"),
            "--rule",
            "K2",
        ])
        .arg("--report")
        .arg(format!("html={}", page.display()))
        .output()?;
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");

    let (document, complaints) = opened(browser, folder.path(), &page)?;
    assert_eq!(complaints, Vec::<String>::new());
    for part in [
        "popovertarget=\"K2-1\"",
        "Single flight",
        "POST /oauth/token",
        "failed",
    ] {
        assert!(document.contains(part), "no `{part}` in:\n{document}");
    }

    // A page that did ask for something would be noticed: its own policy forbids that, aloud.
    let curious = folder.path().join("curious.html");
    let text = fs::read_to_string(&page)?;
    fs::write(
        &curious,
        text.replace("</body>", "<img src=\"http://127.0.0.1:9/\"></body>"),
    )?;
    let (_, complaints) = opened(browser, folder.path(), &curious)?;
    assert!(!complaints.is_empty(), "nobody notices a request");
    Ok(())
}

/// The document as the browser has it, and what its console says.
fn opened(browser: &str, folder: &Path, page: &Path) -> Result<(String, Vec<String>), Failed> {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let complaints = stderr
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned);
    Ok((
        String::from_utf8_lossy(&output.stdout).into_owned(),
        complaints.collect(),
    ))
}
