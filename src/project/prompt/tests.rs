//! Every prompt of the built-in catalogue, in every format and for every task.

use std::fmt::Write as _;

use super::{lint::check, *};

/// Every subject with a name.
fn subjects(catalog: &Catalog) -> Vec<(String, Subject<'_>)> {
    let other = |name, client| Subject::Other(OtherLanguage::new(name, client).unwrap());
    let targets = catalog.targets().unwrap().into_iter();
    targets
        .map(|target| (target.id(), Subject::Target(target)))
        .chain([
            ("elixir".to_owned(), other("elixir", None)),
            (
                "c++ with a library".to_owned(),
                other("c++", Some("cpp-httplib")),
            ),
            ("any".to_owned(), Subject::Any),
        ])
        .collect()
}

#[test]
fn every_prompt_is_clean_in_every_format_and_for_every_task() {
    let catalog = Catalog::load(None).unwrap();
    let renderer = Renderer::new(catalog.files()).unwrap();
    let mut findings = Vec::new();
    let mut checked = 0;
    for (name, subject) in subjects(&catalog) {
        for (format, task) in Format::ALL
            .into_iter()
            .flat_map(|format| Task::ALL.map(|task| (format, task)))
        {
            let plan = plan(&catalog, &renderer, &subject, task, format).unwrap();
            checked += 1;
            for (path, finding) in check(format, &plan) {
                findings.push(format!(
                    "{name} {} {}: {path}: {finding}",
                    format.name(),
                    task.name()
                ));
            }
        }
    }
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(checked, 20 * 6 * 4);
    let docs = docs_pages(&catalog, &renderer).unwrap();
    assert_eq!(check(Format::Md, &docs), []);
    assert_eq!(docs.len(), catalog.targets().unwrap().len() + 2);
    let template = docs.get("prompts/ai-prompt-template.md").unwrap();
    let template = String::from_utf8_lossy(&template.bytes);
    for placeholder in ["[LANGUAGE]", "[LIBRARY]", "[TASK]"] {
        let (documented, used) = template.split_once("\n---\n").unwrap();
        assert!(documented.contains(placeholder) && used.contains(placeholder));
    }
}

/// The estimate is one for every model: no tokenizer that we can ask counts more.
#[test]
fn the_estimate_is_never_too_low() {
    let catalog = Catalog::load(None).unwrap();
    let renderer = Renderer::new(catalog.files()).unwrap();
    let tokenizers = [tiktoken_rs::o200k_base(), tiktoken_rs::cl100k_base()].map(Result::unwrap);
    let mut table = String::new();
    for (name, subject) in subjects(&catalog) {
        // The longest of them.
        let plan = plan(&catalog, &renderer, &subject, Task::Migrate, Format::Md).unwrap();
        let (_, file) = plan.files().next().unwrap();
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        let counts = tokenizers
            .iter()
            .map(|tokenizer| tokenizer.encode_ordinary(&text).len());
        let (count, estimated) = (counts.max().unwrap(), estimate(&text));
        assert!(estimated >= count, "{name}: {estimated} < {count}");
        let _ = writeln!(
            table,
            "{name:22} {count:5} counted, {estimated:5} estimated"
        );
    }
    print(&table);
}

#[allow(
    clippy::print_stdout,
    reason = "the sizes are what `--nocapture` is for"
)]
fn print(table: &str) {
    println!("{table}");
}

#[test]
fn a_skill_keeps_what_is_read_first_short() {
    let catalog = Catalog::load(None).unwrap();
    let renderer = Renderer::new(catalog.files()).unwrap();
    let plan = plan(&catalog, &renderer, &Subject::Any, Task::New, Format::Skill).unwrap();
    assert_eq!(plan.len(), 1 + 2 + catalog.targets().unwrap().len() + 1);
    let skill = plan.get(skill::SKILL_FILE).unwrap();
    // What agentskills.io recommends for the file that is read whenever the skill is used.
    assert!(estimate(&String::from_utf8_lossy(&skill.bytes)) < 5000);
}
