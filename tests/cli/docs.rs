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

/// The whole tree of the demo language's catalogue; what comes with the program is in it too.
fn whole(workspace: &Workspace, more: &[&str]) -> Run {
    let arguments = ["docs", "--templates", "templates", "--out", "m2m"];
    workspace.run(&[&arguments[..], more].concat())
}

#[test]
fn the_whole_tree_has_a_page_of_each_kind_for_each_target() {
    let workspace = Workspace::new().demo_language();
    let run = whole(&workspace, &[]);
    assert_eq!(run.code, 0, "{run:#?}");
    let tree = workspace.tree("m2m");
    let pages = tree.keys().filter(|path| !path.starts_with("examples/"));
    let is_shown =
        |path: &&String| !path[1..].contains('-') || path.contains("demo") || path.starts_with('.');
    let pages = pages.filter(is_shown);
    let pages: Vec<&str> = pages.map(String::as_str).collect();
    assert_eq!(
        pages,
        [
            ".ssojet-gen-docs.json",
            "README.md",
            "guides/README.md",
            "guides/demo-fancy.md",
            "guides/demo-plain.md",
            "prompts/README.md",
            "prompts/demo-fancy.md",
            "prompts/demo-plain.md",
        ]
    );
    assert!(tree.contains_key("prompts/ai-prompt-template.md"));
    assert!(tree.contains_key("examples/README.md"));
    let guide = workspace.read("m2m/guides/demo-plain.md");
    assert!(guide.contains("```sh\necho \"a service of plain\"\n```"));
    assert_eq!(whole(&workspace, &["--check"]).code, 0);
}

#[test]
fn drift_is_told_by_its_kind() {
    let template = "templates/languages/demo/guide/service.sh.j2";
    let workspace = Workspace::new().demo_language();
    assert_eq!(whole(&workspace, &[]).code, 0);
    workspace.write("m2m/prompts/demo-plain.md", "mine\n");
    workspace.write("m2m/guides/notes.md", "mine\n");
    std::fs::remove_file(workspace.path("m2m/README.md")).unwrap();
    let workspace = workspace.edit(template, "a service", "another service");
    let manifest = "templates/languages/demo/manifest.yaml";
    let fancy = "  - {id: fancy, title: Fancy, version: \"2\", replaces: [main.sh]}\n";
    let workspace = workspace.edit(manifest, fancy, "");
    let check = whole(&workspace, &["--check"]);
    assert_eq!(check.code, 1);
    assert_snapshot!("docs_kinds", check.stderr);
    // A person's file stays, and so does what a person has changed.
    let forced = whole(&workspace, &["--only", "guides", "--force"]);
    assert_eq!(forced.code, 0, "{forced:#?}");
    assert_eq!(workspace.read("m2m/prompts/demo-plain.md"), "mine\n");
    assert_eq!(workspace.read("m2m/guides/notes.md"), "mine\n");
    assert!(!workspace.path("m2m/guides/demo-fancy.md").exists());
    assert!(workspace.path("m2m/prompts/demo-fancy.md").exists());
    let guides = whole(&workspace, &["--only", "guides", "--check"]);
    assert_eq!(guides.code, 0, "{guides:#?}");
}

#[test]
fn the_files_of_one_language_can_be_regenerated_alone() {
    let workspace = Workspace::new().demo_language();
    let run = whole(&workspace, &["--lang", "dm", "--only", "guides,prompts"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let tree = workspace.tree("m2m");
    let pages: Vec<&str> = tree.keys().map(String::as_str).collect();
    assert_eq!(
        pages,
        [
            ".ssojet-gen-docs.json",
            "guides/demo-fancy.md",
            "guides/demo-plain.md",
            "prompts/demo-fancy.md",
            "prompts/demo-plain.md",
        ]
    );
    // Nothing is in the way of the rest.
    let rest = whole(&workspace, &[]);
    assert_eq!(rest.code, 0, "{rest:#?}");
    assert_eq!(whole(&workspace, &["--check"]).code, 0);
    let unknown = whole(&workspace, &["--lang", "dmeo"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean `demo`"));
}

#[test]
fn a_guide_shows_only_what_is_there() {
    for (shown, message) in [
        (
            "{{ part(\".ssojet-guide/service.sh\", \"other\") }}",
            "`guide: other` does not stand in",
        ),
        ("{{ file(\"no.sh\") }}", "the target has no file `no.sh`"),
        (
            "{{ lines(\"main.sh\", \"echo\", \"no\") }}",
            "`no` does not stand in `main.sh`",
        ),
    ] {
        let guide = "templates/languages/demo/guide.md.j2";
        let text =
            "{% extends \"shared/guide.md.j2\" %}\n{% block service %}\nSHOWN\n{% endblock %}\n";
        let workspace = Workspace::new().demo_language();
        workspace.write(guide, &text.replace("SHOWN", shown));
        let run = whole(&workspace, &["--lang", "demo"]);
        assert_eq!(run.code, 2, "{run:#?}");
        assert!(run.stderr.contains(message), "{run:#?}");
        assert!(!workspace.path("m2m").exists());
    }
}

#[test]
fn the_code_of_a_guide_is_run_by_a_command_of_the_manifest() {
    let manifest = "templates/languages/demo/manifest.yaml";
    let guide = "guide: [[sh, .ssojet-guide/service.sh]]\n";
    let finding =
        "manifest.yaml: `guide`: has no command for the code in `guide/`, or an empty one";
    for without in ["", "guide: []\n", "guide: [[]]\n"] {
        let workspace = Workspace::new().demo_language();
        let workspace = workspace.edit(manifest, guide, without);
        let run = workspace.run(&["catalog", "check", "--templates", "templates"]);
        assert_eq!(run.code, 1, "{run:#?}");
        assert!(run.stdout.contains(finding), "{run:#?}");
    }
}

#[cfg(unix)]
#[test]
fn names_of_others_reach_no_terminal_unescaped() {
    let workspace = outdated();
    workspace.write("m2m/examples/\u{1b}]0;title\u{7}.md", "mine\n");
    for more in [&["--check"][..], &["--force"]] {
        let run = docs(&workspace, more);
        assert!(!run.stderr.contains('\u{1b}'), "{run:#?}");
        assert!(run.stderr.contains("title"), "{run:#?}");
    }
}
