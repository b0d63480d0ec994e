//! The rooms of `src/` and the parts of `verify`: each imports only what its list names; and the files that the documents name.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// A part of the program, and the parts beside it that it may import.
type Arrows = &'static [(&'static str, &'static [&'static str])];

const ROOMS: Arrows = &[
    (
        "cli",
        &["verify", "project", "catalog", "sandbox", "system"],
    ),
    ("verify", &["project", "catalog", "sandbox", "system"]),
    ("project", &["catalog", "system"]),
    ("catalog", &["system"]),
    ("sandbox", &[]),
    ("system", &[]),
];

const PARTS_OF_VERIFY: Arrows = &[
    (
        "runner",
        &["prepare", "report", "scenario", "judgement", "driver"],
    ),
    ("prepare", &["driver"]),
    ("report", &["scenario", "judgement", "driver"]),
    ("scenario", &["judgement", "driver"]),
    ("judgement", &["driver"]),
    ("driver", &[]),
];

#[test]
fn rooms_import_in_one_direction() {
    assert_eq!(wrong_arrows(&[], ROOMS, &[]), Vec::<String>::new());
}

#[test]
fn parts_of_verify_import_in_one_direction() {
    // What unit tests share stands above all parts.
    let wrong = wrong_arrows(&["verify"], PARTS_OF_VERIFY, &["testing"]);
    assert_eq!(wrong, Vec::<String>::new());
}

/// A reader who is sent to a file finds it.
#[test]
fn the_files_that_the_documents_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let pages = ["README.md", "CONTRIBUTING.md"].map(|page| root.join(page));
    let folders = ["src/", "tests/", "templates/", "docs/", "benches/"];
    let mut named = 0;
    for page in docs.chain(pages).filter(|page| page.is_file()) {
        let text = fs::read_to_string(&page).unwrap();
        let code = text.split('`').skip(1).step_by(2);
        let is_path = |word: &&str| {
            folders.iter().any(|folder| word.starts_with(folder))
                && !word.contains(|c: char| c.is_whitespace() || "<*{".contains(c))
        };
        for path in code.filter(is_path) {
            named += 1;
            assert!(root.join(path).exists(), "{}: `{path}`", page.display());
        }
    }
    assert!(named > 20, "only {named} were found");
}

#[test]
fn nothing_stands_beside_the_rooms() {
    let found: BTreeSet<String> = fs::read_dir(SOURCE)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let rooms = ROOMS.iter().map(|(room, _)| (*room).to_owned());
    let wanted: BTreeSet<String> = rooms.chain(["lib.rs".into(), "main.rs".into()]).collect();
    assert_eq!(found, wanted);
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = "
        use crate::{project::plan::Plan, verify::{driver::{self, Launch}, report::Report}};
        // not crate::comments::this
        use super::{first, super::second::*};
        pub(crate) fn f() -> crate::cli::Exit { super::super::third::call(\"crate::text::no\") }
    ";
    let here = ["verify", "runner", "fixture"];
    let found: Vec<String> = paths(text, &here.map(str::to_owned))
        .iter()
        .map(|path| path.join("::"))
        .collect();
    assert_eq!(
        found,
        [
            "project::plan::Plan",
            "verify::driver::self",
            "verify::driver::Launch",
            "verify::report::Report",
            "verify::runner::first",
            "verify::second::*",
            "cli::Exit",
            "verify::third::call",
        ]
    );
}

/// Every import from a part below `parent` of another one that its list does not name.
fn wrong_arrows(parent: &[&str], arrows: Arrows, others: &[&str]) -> Vec<String> {
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for file in files(Path::new(SOURCE)) {
        let module = module(&file);
        let Some((part, allowed)) =
            below(&module, parent).and_then(|part| arrows.iter().find(|(known, _)| *known == part))
        else {
            continue;
        };
        for path in paths(&fs::read_to_string(&file).unwrap(), &module) {
            let Some(to) = below(&path, parent).filter(|to| to != part) else {
                continue;
            };
            if allowed.contains(&to) {
                seen.insert((*part, to.to_owned()));
            } else if !others.contains(&to) {
                wrong.insert(format!("{part} -> {}", path.join("::")));
            }
        }
    }
    // A reader that finds nothing would find nothing wrong.
    assert!(seen.len() >= arrows.len(), "{seen:?}");
    wrong.into_iter().collect()
}

/// The part of a path that follows `parent`.
fn below<'a>(path: &'a [String], parent: &[&str]) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(parent.len())?;
    (start == parent).then(|| rest.first().map(String::as_str))?
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
    files
}

/// `src/verify/runner/stage.rs` is `verify::runner::stage`, `src/verify/mod.rs` is `verify`.
fn module(file: &Path) -> Vec<String> {
    let path = file.strip_prefix(SOURCE).unwrap().with_extension("");
    let mut parts: Vec<String> = path
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    parts.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    parts
}

/// Every path in a file that begins with `crate` or `super`, from the crate's root on.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut paths = Vec::new();
    let mut at = 0;
    // A module within the file is one step further from the root.
    let mut depth = 0_usize;
    let mut inner: Vec<usize> = Vec::new();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                depth += 1;
                if at >= 2 && tokens[at - 2] == "mod" {
                    inner.push(depth);
                }
            }
            "}" => {
                inner.pop_if(|opened| *opened == depth);
                depth -= 1;
            }
            "crate" | "super" if tokens.get(at + 1).is_some_and(|next| next == "::") => {
                let mut here = module.to_vec();
                here.extend(inner.iter().map(|_| "inner".to_owned()));
                at = tree(&tokens, at, &here, &mut paths);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads one path, or the tree of a `use`; the place after it. `path` is what has been read of it.
fn tree(tokens: &[String], mut at: usize, path: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut path = path.to_vec();
    loop {
        match tokens[at].as_str() {
            "crate" => path.clear(),
            "super" => drop(path.pop()),
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = tree(tokens, at, &path, paths);
                    if tokens[at] == "as" {
                        at += 2;
                    }
                    if tokens[at] == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            word => path.push(word.to_owned()),
        }
        at += 1;
        if tokens.get(at).is_none_or(|next| next != "::") {
            paths.push(path);
            return at;
        }
        at += 1;
        // `::<` begins the arguments of a generic.
        if tokens[at] == "<" {
            paths.push(path);
            return at;
        }
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Words, `::` and other characters, without comments, texts and white space.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(hashes) = raw_text(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            start + rest[start..].find(&end).expect("an end of the text") + end.len()
        } else if first == '"' {
            quoted(rest)
        } else if first == '\'' {
            character(rest)
        } else if is_word(rest) {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The number of `#` of a raw text that begins here.
fn raw_text(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let quote = rest.find(|c| c != '#')?;
    rest[quote..].starts_with('"').then_some(quote)
}

/// The length of a text in quotes.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_end
    });
    end.expect("an end of the text").0 + 1
}

/// The length of a character, or of a lifetime's mark.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((after, c))) => {
            let from = after + c.len_utf8();
            from + text[from..].find('\'').expect("an end of the character") + 1
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}
