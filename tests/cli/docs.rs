//! The docs tree: compared both ways, and nobody's own work is touched.

use insta::assert_snapshot;

use crate::workspace::{Run, Workspace};

const EXTRA: &str = "templates/languages/demo/project/extra/left-over.txt.j2";

fn docs(workspace: &Workspace, more: &[&str]) -> Run {
    let arguments = [
        "docs",
        "--only",
        "examples",
        "--templates",
        "templates",
        "--out",
        "m2m",
    ];
    workspace.run(&[&arguments[..], more].concat())
}

/// A tree of which one file a target is no longer generated.
fn outdated() -> Workspace {
    let workspace = Workspace::new().demo_language().file(EXTRA, "stale\n");
    assert_eq!(docs(&workspace, &[]).code, 0);
    std::fs::remove_file(workspace.path(EXTRA)).unwrap();
    workspace
}

#[test]
fn the_docs_tree_is_compared_both_ways() {
    let workspace = Workspace::new().demo_language();
    assert_eq!(docs(&workspace, &[]).code, 0);
    assert_eq!(docs(&workspace, &["--check"]).code, 0);
    let path = "m2m/examples/demo-plain/package.txt";
    workspace.write(path, &workspace.read(path).replace('\n', "\r\n"));
    let check = docs(&workspace, &["--check"]);
    assert_eq!((check.code, &*check.stdout), (0, ""));
    assert!(check.stderr.contains("1 of them with other line ends"));

    let workspace = outdated();
    workspace.write("m2m/examples/demo-plain/main.sh", "changed\n");
    // What the project's own `.gitignore` names is nobody's business.
    workspace.write("m2m/examples/demo-plain/.env", "SSOJET_SCOPE=mine\n");
    let hashes = [(r"[0-9a-f]{64}", "[HASH]")];
    insta::with_settings!({filters => hashes}, {
        assert_snapshot!("docs_drift", docs(&workspace, &["--check"]).stdout);
    });
    assert_eq!(docs(&workspace, &["--check"]).code, 1);
    assert_snapshot!("docs_stale", docs(&workspace, &[]).text());
    assert_eq!(docs(&workspace, &["--force"]).code, 0);
    assert_eq!(docs(&workspace, &["--check"]).code, 0);
    assert!(!workspace.path("m2m/examples/demo-plain/extra").exists());
    assert!(workspace.path("m2m/examples/demo-plain/.env").exists());
}

#[test]
fn what_docs_did_not_write_is_named_and_left() {
    let own = [
        ("m2m/examples/mine/notes.txt", "mine\n"),
        ("m2m/examples/hello.rs", "fn main() {}\n"),
        ("m2m/examples/demo-plain/notes.txt", "mine\n"),
        ("m2m/README.md", "mine\n"),
        // Generated, then changed.
        ("m2m/examples/demo-fancy/extra/left-over.txt", "mine\n"),
    ];
    let workspace = outdated();
    for (path, text) in own {
        workspace.write(path, text);
    }
    // A project of somebody's own.
    workspace.succeed(&[
        "--lang",
        "demo",
        "--templates",
        "templates",
        "--out",
        "m2m/examples/own",
    ]);
    let project = workspace.tree("m2m/examples/own");

    let run = docs(&workspace, &["--force"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let number = [(r"\d+ files in", "[NUMBER] files in")];
    insta::with_settings!({filters => number}, { assert_snapshot!("docs_foreign", run.stderr); });
    for (path, text) in own {
        assert_eq!(workspace.read(path), text, "{path}");
    }
    assert_eq!(workspace.tree("m2m/examples/own"), project);
    assert!(!workspace.path("m2m/examples/demo-plain/extra").exists());
    // There is nothing left to do, and the same is named again.
    let run = docs(&workspace, &["--check"]);
    assert_eq!((run.code, &*run.stdout), (0, ""), "{run:#?}");
    assert!(run.stderr.contains("examples/mine/"), "{run:#?}");
}

#[test]
fn a_whole_example_goes_but_for_what_was_changed() {
    let manifest = "templates/languages/demo/manifest.yaml";
    for edited in [false, true] {
        let workspace = Workspace::new().demo_language();
        assert_eq!(docs(&workspace, &[]).code, 0);
        if edited {
            workspace.write("m2m/examples/demo-fancy/main.sh", "mine\n");
        }
        let fancy = "  - {id: fancy, title: Fancy, version: \"2\", replaces: [main.sh]}\n";
        let workspace = workspace.edit(manifest, fancy, "");
        assert_eq!(docs(&workspace, &["--force"]).code, 0);
        let left = workspace.tree("m2m/examples/demo-fancy");
        let left: Vec<&str> = left.keys().map(String::as_str).collect();
        let wanted: &[&str] = if edited {
            &[".ssojet-gen.json", "main.sh"]
        } else {
            &[]
        };
        assert_eq!(left, wanted);
        assert_eq!(docs(&workspace, &["--check"]).code, 0);
    }
}
