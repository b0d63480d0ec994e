//! What can be done once, when the program is built, is not done at each start: the test vectors that every project
//! gets are picked out, the data files become JSON, which is read many times faster than YAML, and the project files that
//! are written as they are have their digests.
//!
//! `include_dir` does not notice new files by itself.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script writes where Cargo tells it to"
)]

#[path = "src/catalog/plain.rs"]
mod plain;
#[path = "src/catalog/vectors.rs"]
mod vectors;

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

const TEMPLATES: &str = "templates";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={TEMPLATES}");
    println!("cargo::rerun-if-changed=src/verify/scenarios");
    println!("cargo::rerun-if-changed=src/catalog/plain.rs");
    println!("cargo::rerun-if-changed=src/catalog/vectors.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let vectors = fs::read_to_string(Path::new(TEMPLATES).join("vectors.json"))?;
    let essential = vectors::essential(&vectors)?;
    fs::write(out.join("essential-vectors.json"), essential)?;

    let mut files = Vec::new();
    collect(Path::new(TEMPLATES), &mut files)?;
    let (mut data, mut digests) = (Vec::new(), Vec::new());
    for path in files {
        let text = fs::read_to_string(&path)?;
        let name = path.strip_prefix(TEMPLATES)?.to_string_lossy();
        let name = name.replace('\\', "/");
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let value: serde_yaml::Value = serde_yaml::from_str(&text)?;
            data.push((name, serde_json::to_string(&value)?));
        } else if name.contains("/project/") && plain::is_plain(&text) {
            let digest = Sha256::digest(&text);
            let digits = digest.iter().map(|byte| format!("{byte:02x}"));
            digests.push((name, digits.collect()));
        }
    }
    fs::write(out.join("data.rs"), table(data)?)?;
    fs::write(out.join("digests.rs"), table(digests)?)?;
    Ok(())
}

/// Pairs, sorted, as a Rust expression.
fn table(mut pairs: Vec<(String, String)>) -> Result<String, std::fmt::Error> {
    pairs.sort();
    let mut source = String::from("&[\n");
    for (name, value) in pairs {
        writeln!(source, "    ({name:?}, {value:?}),")?;
    }
    source += "]\n";
    Ok(source)
}

/// The files below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
