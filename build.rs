//! What can be done once, when the program is built, is not done at each start: the test vectors that every project
//! gets are picked out, and the data files become JSON, which is read many times faster than YAML.
//!
//! `include_dir` does not notice new files by itself.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script writes where Cargo tells it to"
)]

#[path = "src/catalog/vectors.rs"]
mod vectors;

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const TEMPLATES: &str = "templates";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={TEMPLATES}");
    println!("cargo::rerun-if-changed=src/verify/scenarios");
    println!("cargo::rerun-if-changed=src/catalog/vectors.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let vectors = fs::read_to_string(Path::new(TEMPLATES).join("vectors.json"))?;
    let essential = vectors::essential(&vectors)?;
    fs::write(out.join("essential-vectors.json"), essential)?;

    let mut data = Vec::new();
    collect(Path::new(TEMPLATES), &mut data)?;
    data.sort();
    let mut source = String::from("&[\n");
    for (path, json) in data {
        writeln!(source, "    ({path:?}, {json:?}),")?;
    }
    source += "]\n";
    fs::write(out.join("data.rs"), source)?;
    Ok(())
}

/// The YAML files below a folder: their paths in the catalogue, and what stands in them as JSON.
fn collect(folder: &Path, data: &mut Vec<(String, String)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, data)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let value: serde_yaml::Value = serde_yaml::from_str(&fs::read_to_string(&path)?)?;
            let name = path.strip_prefix(TEMPLATES)?.to_string_lossy();
            let name = name.replace('\\', "/");
            data.push((name, serde_json::to_string(&value)?));
        }
    }
    Ok(())
}
