//! `include_dir` does not notice new files by itself; and what every project gets of the test vectors is picked out
//! here, once, and not with every scaffold.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script writes where Cargo tells it to"
)]

#[path = "src/catalog/vectors.rs"]
mod vectors;

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=src/verify/scenarios");
    println!("cargo::rerun-if-changed=src/catalog/vectors.rs");
    let essential = vectors::essential(&fs::read_to_string("templates/vectors.json")?)?;
    let folder = std::env::var("OUT_DIR")?;
    fs::write(Path::new(&folder).join("essential-vectors.json"), essential)?;
    Ok(())
}
