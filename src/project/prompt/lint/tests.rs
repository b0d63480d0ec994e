use super::*;

const GOOD: &str = "# A\n\n[here](#a) `grant_type=client_credentials`\n";

fn found(format: Format, files: &[(&str, &str)]) -> Vec<String> {
    let mut plan = Plan::default();
    for (path, text) in files {
        plan.insert(path, text.as_bytes().to_vec()).unwrap();
    }
    let found = check(format, &plan).into_iter();
    found
        .map(|(path, finding)| format!("{path}: {finding}"))
        .collect()
}

fn in_markdown(text: &str) -> Vec<String> {
    found(Format::Md, &[("a.md", &format!("{GOOD}{text}\n"))])
}

#[test]
fn a_good_prompt_has_no_findings() {
    let names = "`SSOJET_CLIENT_SECRET`, `api.ssojet.com/api/v1/oauth2/token`, `cli_…`, SsojetM2MHttpClientBuilderExtensions";
    assert_eq!(in_markdown(names), Vec::<String>::new());
}

#[test]
fn what_was_not_filled_in() {
    for mark in ["{{", "{%", "${", "$Any", "[LANGUAGE]", "[TASK]"] {
        let wanted = format!("a.md: holds the placeholder `{mark}`; a prompt has none left");
        assert_eq!(in_markdown(&format!("x {mark} y")), [wanted]);
    }
    let blanks = format!("{GOOD}[LANGUAGE]\n");
    let template = format!("prompts/{TEMPLATE_FILE}");
    assert_eq!(
        found(Format::Md, &[(&template, &blanks)]),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_shaped_like_a_secret() {
    let random = "q8Zr2LxV0tYb7NfK3mWd9HcJ";
    let jwt = format!("ey{}.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "JhbGciOiJSUzI1NiJ9");
    for (text, what) in [
        (random.to_owned(), "a secret"),
        (format!("SSOJET_CLIENT_SECRET='{random}'"), "a secret"),
        ("0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(), "a secret"),
        (format!("cli_{}", &random[..12]), "a client id"),
        (format!("Bearer {jwt}"), "a JWT"),
        (
            format!("-----{} PRIVATE KEY-----", "BEGIN"),
            "a private key or a certificate",
        ),
    ] {
        let wanted = format!(
            "a.md: line 4 holds what is shaped like {what}; write the name of a variable instead"
        );
        assert_eq!(in_markdown(&text), [wanted], "{text}");
    }
}

#[test]
fn another_grant_and_none() {
    assert_eq!(
        in_markdown("`grant_type=authorization_code`"),
        ["a.md: names the grant type `authorization_code`; it is `client_credentials`"]
    );
    assert_eq!(
        found(Format::Md, &[("a.md", "# A\n")]),
        ["a.md: does not name the grant type `client_credentials`"]
    );
}

#[test]
fn links_that_lead_nowhere() {
    for target in ["b.md", "#b", "../a.md", "a.md/b"] {
        assert_eq!(
            in_markdown(&format!("[x]({target})")),
            [format!("a.md: the link `{target}` leads nowhere")]
        );
    }
    let files = [
        ("d/a.md", "[x](../b.md) [y](https://example.com)"),
        ("b.md", GOOD),
    ];
    assert_eq!(found(Format::Md, &files), Vec::<String>::new());
}

#[test]
fn what_is_too_long_for_its_reader() {
    let words = "word ".repeat(4300);
    assert_eq!(
        in_markdown(&words),
        ["a.md: has about 6157 tokens; at most 6000"]
    );
    let lines = "x\n".repeat(500);
    let rule = format!("---\ndescription: d\nalwaysApply: false\n---\n{GOOD}{lines}");
    assert_eq!(
        found(Format::Cursor, &[("a.mdc", &rule)]),
        ["a.mdc: has 503 lines; fewer than 500"]
    );
    let (begin, end) = (agents_block::BEGIN_MARK, agents_block::END_MARK);
    let block = format!("{begin}\n{GOOD}{}\n{end}\n", "é".repeat(16_500));
    assert_eq!(
        found(Format::Agents, &[(AGENTS_FILE, &block)]),
        [format!(
            "AGENTS.md: has {} bytes; at most 32768",
            block.len()
        )]
    );
}

#[test]
fn a_block_without_marks() {
    assert_eq!(
        found(Format::Agents, &[(AGENTS_FILE, GOOD)]),
        ["AGENTS.md: does not begin and end with the block's marks"]
    );
}

fn in_front_matter(format: Format, path: &str, yaml: &str) -> Vec<String> {
    let prefix = format!("{path}: front matter: ");
    found(format, &[(path, &format!("---\n{yaml}\n---\n{GOOD}"))])
        .iter()
        .map(|finding| finding.strip_prefix(&prefix).unwrap_or(finding).to_owned())
        .collect()
}

#[test]
fn front_matter_of_a_skill() {
    let skill = |yaml: &str| in_front_matter(Format::Skill, skill::SKILL_FILE, yaml);
    assert_eq!(
        skill("name: ssojet-m2m\ndescription: d"),
        Vec::<String>::new()
    );
    assert_eq!(
        skill("name: other\ndescription: d"),
        ["`name` is `other`, but the folder `ssojet-m2m`"]
    );
    for name in ["SSOJet", "a--b", "-a", "a-", "a_b"] {
        assert_eq!(
            skill(&format!("name: {name}\ndescription: d")),
            [format!(
                "`name` is `{name}`; it has small letters and digits, with single hyphens between"
            )]
        );
    }
    assert_eq!(
        skill(&format!("name: {}\ndescription: ''", "a".repeat(65)))[..2],
        [
            "`description` has to be a text",
            "`name` has more than 64 characters"
        ]
    );
    let long = format!(
        "name: ssojet-m2m\ndescription: {}\ncompatibility: {}\nglobs: x",
        "d".repeat(1025),
        "c".repeat(501)
    );
    assert_eq!(
        skill(&long),
        [
            "`globs` is not known to the reader",
            "`description` has more than 1024 characters",
            "`compatibility` has more than 500 characters"
        ]
    );
    assert_eq!(
        found(Format::Skill, &[(skill::SKILL_FILE, GOOD)]),
        ["ssojet-m2m/SKILL.md: front matter: is missing"]
    );
    assert!(
        skill("name: [")[0].contains("did not find"),
        "{:?}",
        skill("name: [")
    );
}

#[test]
fn front_matter_of_a_rule_and_of_instructions() {
    let cursor = |yaml: &str| in_front_matter(Format::Cursor, "a.mdc", yaml);
    assert_eq!(
        cursor("description: d\nalwaysApply: false"),
        Vec::<String>::new()
    );
    assert_eq!(
        cursor("description: d\nglobs:\nalwaysApply: \"true\""),
        [
            "`alwaysApply` has to be true or false",
            "`globs` is empty; leave it out"
        ]
    );
    let copilot = |yaml: &str| in_front_matter(Format::Copilot, "a.md", yaml);
    assert_eq!(
        copilot("description: d\napplyTo: \"**\""),
        Vec::<String>::new()
    );
    assert_eq!(
        copilot("description: d\nalwaysApply: true"),
        [
            "`alwaysApply` is not known to the reader",
            "`applyTo` has to be a text"
        ]
    );
    assert_eq!(
        in_front_matter(Format::Md, "a.md", "a: b"),
        ["is not read here"]
    );
}

#[test]
fn a_reference_that_nobody_reads() {
    let skill = format!("---\nname: ssojet-m2m\ndescription: d\n---\n{GOOD}[a](references/a.md)\n");
    let files = [
        (skill::SKILL_FILE, &*skill),
        ("ssojet-m2m/references/a.md", "# A\n"),
        ("ssojet-m2m/references/b.md", "# B\n"),
    ];
    assert_eq!(
        found(Format::Skill, &files),
        ["ssojet-m2m/references/b.md: `SKILL.md` does not link this file, so nobody reads it"]
    );
}

#[test]
fn what_is_no_chat() {
    for json in [
        "",
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{"role":"robot","content":"x"}]}"#,
    ] {
        let found = found(Format::Json, &[("a.json", json)]);
        assert_eq!(
            found[0],
            "a.json: is no JSON with `messages` of `role` and `content`"
        );
    }
}
