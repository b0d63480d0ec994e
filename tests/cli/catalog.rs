//! A catalogue in a folder: what it adds without any Rust, and how its mistakes are told.

use insta::assert_snapshot;

use crate::workspace::Workspace;

const MANIFEST: &str = "templates/languages/demo/manifest.yaml";

fn check(workspace: &Workspace) -> String {
    let text = workspace
        .run(&["catalog", "check", "--templates", "templates"])
        .text();
    // How many targets and rules there are besides is not what these tests are about.
    match (text.find("--- stderr\n"), text.find(", catalogue")) {
        (Some(start), Some(end)) => {
            format!("{}--- stderr\n[COUNTS]{}", &text[..start], &text[end..])
        }
        _ => text,
    }
}

#[test]
fn the_built_in_catalogue_has_no_findings() {
    let run = Workspace::new().succeed(&["catalog", "check"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_folder_adds_a_language() {
    let workspace = Workspace::new().demo_language();
    assert!(
        check(&workspace).ends_with("--- exit 0\n"),
        "{}",
        check(&workspace)
    );

    let templates = ["--templates", "templates"];
    workspace.succeed(&[&["--lang", "DM", "--name", "billing"], &templates[..]].concat());
    assert_eq!(
        workspace.read("demo-plain/README.md"),
        "# billing\n\nScope ``.\n"
    );
    assert!(workspace.read("demo-plain/main.sh").contains("plain 2.0.0"));

    workspace.succeed(&[&["--lang", "demo", "--client", "fancy"], &templates[..]].concat());
    assert_eq!(
        workspace.read("demo-fancy/main.sh"),
        "#!/bin/sh\necho fancy\n"
    );
    assert_eq!(
        workspace.read("demo-fancy/package.txt"),
        "ssojet-m2m 2 taken-by-a-dependency>=1\n"
    );
}

#[test]
fn a_folder_replaces_a_built_in_file() {
    let workspace = Workspace::new()
        .demo_language()
        .file("templates/catalog.yaml", "format: 1\nversion: \"9.9.9\"\n");
    workspace.succeed(&["--lang", "demo", "--templates", "templates"]);
    assert!(workspace.read("demo-plain/main.sh").contains("plain 9.9.9"));
}

#[test]
fn mistakes_of_shape_are_told_with_line_and_column() {
    let unknown = Workspace::new()
        .demo_language()
        .edit(MANIFEST, "aliases:", "alias:");
    assert_snapshot!("unknown_key", check(&unknown));

    let wrong = Workspace::new()
        .demo_language()
        .edit(MANIFEST, "[dm]", "{dm: 1}");
    assert_snapshot!("wrong_type", check(&wrong));

    let newer = Workspace::new()
        .demo_language()
        .edit(MANIFEST, "format: 2", "format: 3");
    assert_snapshot!("newer_format", check(&newer));

    let run = unknown.run(&["--lang", "demo", "--templates", "templates"]);
    assert_eq!((run.code, unknown.path("demo-plain").exists()), (2, false));
}

#[test]
fn mistakes_across_files_are_told_with_the_key_path() {
    let workspace = Workspace::new()
        .demo_language()
        .edit(MANIFEST, "[dm]", "[dm, python]")
        .edit(MANIFEST, "at_least: \"1.0\"", "at_least: newest")
        .edit(MANIFEST, "default: true, ", "exceptions: {K33: x}, ")
        .edit(MANIFEST, "[main.sh]", "[main.sh, mian.sh]")
        .edit(MANIFEST, "[[sh, main.sh]]", "[[]]")
        .file(
            "templates/languages/demo/project/left-over.txt.j2",
            "{{ scope }}",
        )
        .file("templates/languages/demo/notes.md", "")
        .file(
            "templates/languages/demo/clients/fancy/project/package.txt.j2",
            "",
        )
        .file("templates/languages/demo/project/.gitignore.j2", ".env*\n")
        .file("templates/languages/demo/project/.env.example.j2", "A=1\n")
        .file(
            "templates/languages/demo/project/vectors.json.j2",
            "{\"format\":2}\n",
        );
    assert_snapshot!(check(&workspace));
}

#[test]
fn a_client_lies_over_the_one_that_it_extends() {
    let workspace = Workspace::new()
        .demo_language()
        .edit(
            MANIFEST,
            "  - {id: fancy,",
            "  - {id: fancier, title: Fancier, version: \"3\", extends: fancy, note: The successor of Fancy.}\n  - {id: fancy,",
        )
        .file(
            "templates/languages/demo/clients/fancy/project/module.txt.j2",
            "import {{ client.id }}\n",
        );
    assert_snapshot!("extends_is_sound", check(&workspace));
    workspace.succeed(&[
        "--lang",
        "demo",
        "--client",
        "fancier",
        "--templates",
        "templates",
    ]);
    assert_eq!(
        workspace.read("demo-fancier/module.txt"),
        "import fancier\n"
    );
    assert!(
        workspace
            .read("demo-fancier/main.sh")
            .contains("echo fancy")
    );
    let list = workspace.succeed(&["list", "--templates", "templates"]);
    assert!(
        list.stdout
            .contains("demo-fancier: The successor of Fancy.")
    );

    let unknown = workspace.edit(MANIFEST, "extends: fancy", "extends: fency");
    assert_snapshot!("extends_unknown", check(&unknown));
    let circle = unknown
        .edit(MANIFEST, "extends: fency", "extends: fancy")
        .edit(
            MANIFEST,
            "replaces: [main.sh]",
            "replaces: [main.sh], extends: fancier",
        );
    assert_snapshot!("extends_in_turn", check(&circle));
}

#[test]
fn a_repositorys_own_folder_is_refused_in_any_case() {
    for path in [".git/hooks/pre-commit", "sub/.Git/config", "GIT~1/config"] {
        let workspace = Workspace::new().demo_language().file(
            &format!("templates/languages/demo/project/{path}.j2"),
            "#!/bin/sh\n",
        );
        let found = check(&workspace);
        assert!(found.contains("lies in a `.git` folder"), "{found}");
        let run = workspace.run(&["--lang", "demo", "--templates", "templates"]);
        assert_eq!(
            (run.code, workspace.path("demo-plain").exists()),
            (2, false)
        );
    }
}

#[test]
fn a_template_without_end_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}";
    for (text, problem) in [
        ("", "fuel"),
        ("{{ \"x\" * 99999 }}", "longer than 4194304 bytes"),
    ] {
        let workspace = Workspace::new().demo_language().file(
            "templates/languages/demo/project/a.txt.j2",
            &format!("{endless}{text}{{% endfor %}}{{% endfor %}}{{% endfor %}}"),
        );
        let found = check(&workspace);
        assert!(found.contains("a.txt.j2"), "{found}");
        assert!(found.contains(problem), "{found}");
    }
}

#[test]
fn two_layers_on_one_path_are_told() {
    let workspace = Workspace::new().demo_language().file(
        "templates/languages/demo/clients/fancy/project/package.txt.j2",
        "",
    );
    assert_snapshot!(check(&workspace));
}

#[test]
fn mistakes_in_templates_are_told_with_the_line() {
    let undefined = Workspace::new().demo_language().file(
        "templates/languages/demo/project/a.txt.j2",
        "one\n{{ nmae }}\n",
    );
    assert_snapshot!("undefined", check(&undefined));

    let syntax = Workspace::new().demo_language().file(
        "templates/languages/demo/project/a.txt.j2",
        "one\ntwo\n{% if %}\n",
    );
    assert_snapshot!("syntax", check(&syntax));

    let bare = Workspace::new()
        .demo_language()
        .file("templates/languages/demo/project/a.txt", "");
    assert_snapshot!("no_suffix", check(&bare));

    let reserved = Workspace::new()
        .demo_language()
        .file("templates/languages/demo/project/aux.txt.j2", "");
    assert_snapshot!("reserved", check(&reserved));
}

#[test]
fn too_large_a_project_is_found() {
    let mut workspace = Workspace::new().demo_language();
    for index in 0..30 {
        let path = format!("templates/languages/demo/project/part-{index}.txt.j2");
        workspace = workspace.file(&path, &"x".repeat(5000));
    }
    assert_snapshot!(check(&workspace));
}

#[test]
fn what_a_prompt_lacks_is_found() {
    let demo = || Workspace::new().demo_language();
    let missing = demo();
    let folder = missing.path("templates/languages/demo");
    for path in ["prompt.md.j2", "clients/fancy/traps.md.j2"] {
        std::fs::remove_file(folder.join(path)).unwrap();
    }
    assert_snapshot!("no_prompt", check(&missing));
    let prompt = ["prompt", "--lang", "demo", "--templates", "templates"];
    assert_snapshot!("no_prompt_to_print", missing.run(&prompt).text());

    let stray = demo().file("templates/languages/demo/clients/gone/traps.md.j2", "- x\n");
    assert_snapshot!("stray_traps", check(&stray));
    let stray = demo().file("templates/prompts/tasks/other.md.j2", "- x\n");
    assert_snapshot!("stray_task", check(&stray));

    let bad = demo().file(
        "templates/languages/demo/prompt.md.j2",
        "- Export ${SSOJET_CLIENT_SECRET}, as [shown](shown.md), for `grant_type=password`.\n",
    );
    assert_snapshot!("bad_prompt", check(&bad));
}

#[test]
fn a_client_that_extends_another_may_have_its_traps() {
    let manifest =
        "  - {id: fancier, title: Fancier, version: \"3\", extends: fancy}\n  - {id: fancy,";
    let workspace = Workspace::new()
        .demo_language()
        .edit(MANIFEST, "  - {id: fancy,", manifest)
        .file(
            "templates/languages/demo/clients/fancy/traps.md.j2",
            "- {{ client.title }} follows redirects.\n",
        );
    let arguments = ["prompt", "--templates", "templates", "--lang", "demo"];
    let run = workspace.succeed(&[&arguments[..], &["--client", "fancier"]].concat());
    let wanted = "## Traps of Fancier\n\n- Fancier follows redirects.\n\n## Driver\n";
    assert!(run.stdout.contains(wanted), "{}", run.stdout);
    assert!(
        check(&workspace).ends_with("--- exit 0\n"),
        "{}",
        check(&workspace)
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_input_error() {
    let run = Workspace::new().run(&["catalog", "check", "--templates", "nowhere"]);
    assert_snapshot!(run.text());
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_in_a_catalogue_is_refused() {
    let workspace = Workspace::new().demo_language();
    let link = workspace.path("templates/languages/demo/project/passwd.j2");
    std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
    assert_snapshot!(check(&workspace));
}

#[test]
fn no_command_of_a_foreign_catalogue_is_run_without_trust() {
    let vectors = include_str!("../../templates/vectors.json");
    let workspace = Workspace::new().demo_language();
    let workspace = workspace.file("templates/vectors.json", vectors);
    // Every command leaves a trace.
    let trace = workspace.path("trace");
    let touch = |what: &str| format!("[sh, -c, \"touch {}; {what} 1.0\"]", trace.display());
    let (probe, own_probe) = (touch("echo sh"), touch("echo own"));
    let mut workspace = workspace
        .edit(MANIFEST, "[sh, -c, \"echo sh 1.0\"]", &probe)
        .edit(
            MANIFEST,
            "default: true,",
            &format!(
                "default: true, requires: [{{probe: {own_probe}, at_least: \"1.0\", get: x}}],"
            ),
        )
        .edit(
            MANIFEST,
            "driver: {command: [sh, .ssojet-verify/driver.sh]}",
            &format!(
                "driver: {{build: [{}], command: {}, env: {{LD_PRELOAD: ./x y.so}}}}",
                touch("build"),
                touch("drive")
            ),
        )
        .edit(MANIFEST, "[sh, main.sh]", &touch("run"));
    for step in ["install", "lint", "test"] {
        let (old, new) = (format!("{step}: [[sh, -c, \"true\"]]"), touch(step));
        workspace = workspace.edit(MANIFEST, &old, &format!("{step}: [{new}]"));
    }
    let templates = ["--templates", "templates"];
    workspace.succeed(&[&templates[..], &["--lang", "demo", "--out", "project"]].concat());
    workspace.succeed(&[&["list"], &templates[..]].concat());
    workspace.succeed(&[&["docs"], &templates[..]].concat());
    let _ = check(&workspace);
    for arguments in [
        &["try", "--lang", "demo"][..],
        &["verify", "--lang", "demo"],
        &["verify", "--lang", "demo", "--client", "plain"],
        &["verify", "project"],
        &["verify", "--all"],
    ] {
        let run = workspace.run(&[arguments, &templates].concat());
        assert_eq!(run.code, 2, "{run:#?}");
        for command in [
            "echo sh", "echo own", "install", "lint", "test", "run", "build", "drive",
        ] {
            let told = run.stderr.contains(&format!("; {command} 1.0'"));
            assert!(told, "{arguments:?}: `{command}` is not told: {run:#?}");
        }
        assert!(run.stderr.contains("LD_PRELOAD='./x y.so' sh"), "{run:#?}");
        assert!(!trace.exists(), "{arguments:?}");
    }
    // Without a project there is nothing of the catalogue's to run.
    let driver = ["verify", "--driver", "true", "--list"];
    workspace.succeed(&[&driver[..], &templates].concat());
}

#[test]
fn a_command_of_a_foreign_catalogue_hides_nothing() {
    let workspace =
        Workspace::new()
            .demo_language()
            .edit(MANIFEST, "[sh, main.sh]", r#"[sh, "main.sh\e[8m"]"#);
    let run = workspace.run(&["try", "--lang", "demo", "--templates", "templates"]);
    assert_eq!(run.code, 2, "{run:#?}");
    assert!(
        !run.stderr.contains('\u{1b}') && run.stderr.contains("[8m"),
        "{run:#?}"
    );
}
