//! Turns `rules/*.yaml`, `rules/secrets/*.yaml` and `rules/personal/*.yaml` into the stored form that the binary
//! carries; a fault in a pack fails the build with its place.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "modules of the crate, of which only a part is used here"
)]

use std::path::Path;
use std::{env, fs};

#[path = "src/effects"]
mod effects {
    mod effect;
    pub use effect::{Certainty, Effect, EffectKind, Scope, Trait};
}

#[path = "src/mask"]
mod mask {
    pub mod class;
    pub mod rule;
    pub mod schema;
}

#[path = "src/policy"]
mod policy {
    pub mod bundle;
    pub mod decision;
    pub mod glob;
    pub mod load;
    pub mod located;
    pub mod pattern;
    pub mod rule;
    pub mod schema;
}

#[path = "src/syntax"]
mod syntax {
    mod span;
    pub use span::Span;
}

use policy::load::{Checks, Source, load};

/// Fewest examples of either kind that a built-in rule has.
const EXAMPLES: usize = 3;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    if let Err(error) = embed().and_then(|()| embed_secrets()) {
        for line in error.lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1);
    }
}

/// Reads, checks and stores the packs.
fn embed() -> Result<(), String> {
    let packs = packs("rules")?;
    let sources: Vec<Source<'_>> = packs.iter().map(|(file, text)| Source { file, text }).collect();
    // Conditions are compiled by a test: the library for them would double the build.
    let checks = Checks { built_in: true, examples: EXAMPLES, condition: &|_| Ok(()), taken: &|_| false };
    let loaded = load(&sources, &checks);
    if !loaded.problems.is_empty() {
        let lines: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        return Err(lines.join("\n"));
    }
    let rules = policy::bundle::encode(&loaded.rules, &loaded.programs)?;
    let examples = postcard::to_stdvec(&loaded.examples).map_err(|error| error.to_string())?;
    store(&[("rules.bin", rules), ("examples.bin", examples)])
}

/// Reads, checks and stores the masking rules.
fn embed_secrets() -> Result<(), String> {
    let mut files = packs("rules/secrets")?;
    files.append(&mut packs("rules/personal")?);
    let (rules, examples) = mask::schema::compile(&files).map_err(|faults| faults.join("\n"))?;
    store(&[("secrets.bin", rules), ("secret-examples.bin", examples)])
}

/// The YAML files of a folder, by name, and their text.
fn packs(folder: &str) -> Result<Vec<(String, String)>, String> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))? {
        let path = entry.map_err(|error| format!("{folder}: {error}"))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            packs.push((name, text));
        }
    }
    packs.sort();
    Ok(packs)
}

fn store(files: &[(&str, Vec<u8>)]) -> Result<(), String> {
    let out = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    for (name, bytes) in files {
        fs::write(Path::new(&out).join(name), bytes).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}
