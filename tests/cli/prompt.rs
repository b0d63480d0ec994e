//! Prompts: what is printed, what is written in each format, and what is refused.

use insta::assert_snapshot;

use crate::workspace::{Run, Workspace};

const MINE: &str = "# Mine\r\n\r\nRun the tests.\r\n";

fn workspace() -> Workspace {
    // The rules are long, and change: these tests are about what stands round them.
    Workspace::new()
        .demo_language()
        .file("templates/prompts/facts.md.j2", "Facts.\n")
        .file(
            "templates/prompts/rules.md.j2",
            "{{ h }} Configuration\n\n- [C1] `client_credentials`.{% if store %} [K7]{% endif %}\n\n",
        )
        .file("templates/prompts/driver.md.j2", "{{ language.id }}\n")
}

fn prompt(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.run(&[&["prompt", "--templates", "templates"], arguments].concat())
}

#[test]
fn a_prompt_is_printed_for_each_task() {
    let workspace = workspace();
    assert_snapshot!("md", prompt(&workspace, &["--lang", "dm"]).text());
    for task in ["add", "migrate", "review"] {
        let run = prompt(
            &workspace,
            &["--lang", "demo", "--client", "fancy", "--task", task],
        );
        assert_snapshot!(format!("md_{task}"), run.text());
    }
    let new = prompt(&workspace, &["--lang", "demo", "--task", "new"]);
    assert_eq!(new.stdout, prompt(&workspace, &["--lang", "demo"]).stdout);
}

#[test]
fn json_has_an_array_of_messages() {
    let workspace = workspace();
    let run = prompt(&workspace, &["--lang", "demo", "--format", "json"]);
    assert_snapshot!("json", run.text());
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let messages = json["messages"].as_array().unwrap();
    let texts: Vec<&str> = messages
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    let markdown = prompt(&workspace, &["--lang", "demo"]).stdout;
    assert_eq!(texts.join("\n"), markdown, "the same text");
}

#[test]
fn a_language_that_is_not_shipped_gets_the_general_prompt() {
    let workspace = workspace();
    let run = prompt(&workspace, &["--lang", "Elixir", "--client", "req"]);
    assert_snapshot!("unshipped", run.text());
    let near = prompt(&workspace, &["--lang", "pyhton"]);
    assert_eq!(near.code, 0);
    assert_snapshot!("unshipped_near", near.stderr);
    let any = prompt(&workspace, &[]);
    assert_snapshot!("any", any.text());
}

#[test]
fn the_general_prompt_has_the_whole_driver_protocol() {
    let run = Workspace::new().succeed(&["prompt", "--lang", "elixir"]);
    for word in [
        r#"{"op":"token","n":1,"parallel":1}"#,
        r#"{"op":"call","method":"GET","path":"/orders","body":null,"n":1,"parallel":1}"#,
        r#"{"op":"invalidate","token":"T"}"#,
        r#"{"op":"describe"}"#,
        r#"{"op":"configure","environment":{…}}"#,
        r#"{"ready":true,"protocol":1,"language":"elixir""#,
        r#"{"ready":false,"error":E}"#,
        r#"{"unsupported":true}"#,
        r#""timeout_ms":[100,null]"#,
        "configuration|oauth|transport|protocol|cancelled",
        "`parallel`",
        "`cancel`",
        "`proxy`",
        "exit 0",
        "exit 1",
    ] {
        assert!(run.stdout.contains(word), "no {word}");
    }
}

#[test]
fn every_rule_that_can_be_tried_is_in_a_prompt() {
    let catalog = include_str!("../../templates/contract.yaml");
    let ids = catalog
        .lines()
        .filter_map(|line| line.strip_prefix("  - id: "));
    let is_rule = |id: &&str| id.len() > 1 && id.starts_with(|c: char| c.is_ascii_uppercase());
    let ids: Vec<&str> = ids.filter(is_rule).collect();
    assert_eq!(ids.len(), 38);
    for (language, missing) in [("php", &["P2"][..]), ("elixir", &["K7", "P2"])] {
        let text = Workspace::new()
            .succeed(&["prompt", "--lang", language])
            .stdout;
        let absent = ids.iter().filter(|id| !text.contains(&format!("[{id}]")));
        assert_eq!(absent.copied().collect::<Vec<_>>(), missing, "{language}");
    }
}

#[test]
fn each_format_has_its_place() {
    for (format, out) in [
        ("md", "prompts/demo.md"),
        ("json", "demo.json"),
        ("agents", "project"),
        ("cursor", "project"),
        ("copilot", "project"),
    ] {
        let workspace = workspace();
        let run = prompt(
            &workspace,
            &["--lang", "demo", "--format", format, "--out", out],
        );
        let files = workspace.tree(out.split('/').next().unwrap());
        let mut text = run.text();
        for (path, content) in &files {
            // The beginning shows the front matter; the rest is that of Markdown.
            let head: Vec<&str> = content.lines().take(9).collect();
            text = format!("{text}--- {path}\n{}\n", head.join("\n"));
        }
        assert_snapshot!(format!("out_{format}"), text);
        let again = prompt(
            &workspace,
            &["--lang", "demo", "--format", format, "--out", out],
        );
        assert_eq!(again.code, 0, "{again:#?}");
    }
}

#[test]
fn a_skill_is_a_folder_with_references() {
    let workspace = workspace();
    let skill =
        |arguments: &[&str]| prompt(&workspace, &[&["--format", "skill"], arguments].concat());
    let run = skill(&["--lang", "demo", "--out", "skills"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let files = workspace.tree("skills");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "ssojet-m2m/SKILL.md",
            "ssojet-m2m/references/demo-plain.md",
            "ssojet-m2m/references/driver.md",
            "ssojet-m2m/references/rules.md"
        ]
    );
    assert_snapshot!("skill", files["ssojet-m2m/SKILL.md"]);
    assert_snapshot!("skill_target", files["ssojet-m2m/references/demo-plain.md"]);

    assert_eq!(skill(&["--out", "all"]).code, 0);
    let files = workspace.tree("all");
    for name in ["demo-fancy", "python-httpx2", "any-language"] {
        assert!(
            files.contains_key(&format!("ssojet-m2m/references/{name}.md")),
            "{name}"
        );
    }
    assert_snapshot!("skill_needs_out", skill(&[]).text());
    assert_snapshot!(
        "skill_has_all_tasks",
        skill(&["--task", "new", "--out", "x"]).text()
    );
}

#[test]
fn a_block_is_merged_into_a_file_that_is_there() {
    let workspace = workspace().file("AGENTS.md", MINE);
    let agents = |more: &[&str]| {
        let arguments = ["--lang", "demo", "--format", "agents", "--out", "."];
        prompt(&workspace, &[&arguments[..], more].concat())
    };
    assert_snapshot!("agents_merged", agents(&[]).text());
    let once = workspace.read("AGENTS.md");
    assert!(once.starts_with(MINE), "{once:?}");
    assert_eq!(once.matches('\n').count(), once.matches("\r\n").count());
    assert_snapshot!("agents_same", agents(&[]).text());
    assert_eq!(workspace.read("AGENTS.md"), once);

    workspace.write("AGENTS.md", &format!("{once}\r\nBelow.\r\n"));
    assert_eq!(agents(&["--task", "review"]).code, 0);
    let review = workspace.read("AGENTS.md");
    assert!(
        review.starts_with(MINE) && review.ends_with("-->\r\n\r\nBelow.\r\n"),
        "{review:?}"
    );
    assert_eq!(review.matches("ssojet-gen: begin").count(), 1);
    assert!(review.contains("review existing code"));

    let much = "x\n".repeat(17_000);
    workspace.write("AGENTS.md", &much);
    assert_snapshot!("agents_much", agents(&[]).stderr);

    let cut = once.replace("<!-- ssojet-gen: end -->", "");
    workspace.write("AGENTS.md", &cut);
    assert_snapshot!("agents_cut", agents(&["--force"]).text());
    assert_eq!(workspace.read("AGENTS.md"), cut);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_replaced_by_a_block() {
    let workspace = workspace().file("CLAUDE.md", MINE);
    std::os::unix::fs::symlink("CLAUDE.md", workspace.path("AGENTS.md")).unwrap();
    let arguments = [
        "--lang", "demo", "--format", "agents", "--out", ".", "--force",
    ];
    assert_snapshot!("agents_link", prompt(&workspace, &arguments).text());
    assert_eq!(workspace.read("CLAUDE.md"), MINE);
}

#[test]
fn a_file_that_is_there_is_refused() {
    for (format, out, path) in [
        ("md", "demo.md", "demo.md"),
        ("cursor", ".", ".cursor/rules/ssojet-m2m.mdc"),
    ] {
        let workspace = workspace().file(path, "mine\n");
        let arguments = ["--lang", "demo", "--format", format, "--out", out];
        let run = prompt(&workspace, &arguments);
        assert_snapshot!(format!("refused_{format}"), run.text());
        assert_eq!(workspace.read(path), "mine\n");
        let forced = prompt(&workspace, &[&arguments[..], &["--force"]].concat());
        assert_eq!(forced.code, 0, "{forced:#?}");
        assert_ne!(workspace.read(path), "mine\n");
    }
}

#[test]
fn bad_values_are_told() {
    let workspace = workspace();
    for (name, arguments) in [
        ("language", &["--lang", "{{7*7}}"][..]),
        ("library", &["--lang", "elixir", "--client", "a b"]),
        ("client", &["--lang", "demo", "--client", "plian"]),
        ("client_alone", &["--client", "plain"]),
        ("task", &["--lang", "demo", "--task", "nwe"]),
        ("format", &["--lang", "demo", "--format", "txt"]),
        ("out", &["--lang", "demo", "--out", ".."]),
        ("out_name", &["--lang", "demo", "--out", "a:b"]),
        ("force_alone", &["--lang", "demo", "--force"]),
    ] {
        let before = workspace.tree("");
        assert_snapshot!(format!("bad_{name}"), prompt(&workspace, arguments).text());
        assert_eq!(workspace.tree(""), before, "something was written");
    }
}

#[test]
fn standard_output_has_other_names() {
    let workspace = Workspace::new();
    let printed = workspace.succeed(&["prompt", "--lang", "go"]).stdout;
    let dash = workspace.succeed(&["prompt", "--lang", "go", "--out", "-"]);
    assert_eq!(dash.stdout, printed);
    assert!(!workspace.path("-").exists());
    #[cfg(unix)]
    {
        let named = workspace.succeed(&["prompt", "--lang", "go", "--out", "/dev/stdout"]);
        assert_eq!(named.stdout, printed);
    }
}
