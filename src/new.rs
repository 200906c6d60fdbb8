//! `ding new`: writes the project of `template/`, which docs/TUTORIAL.md walks through, under a name of one's own.
//! Starts nothing and asks no network.

#[cfg(test)]
mod tests;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    args::new::New,
    exit::{Exit, Failure},
};

/// Writes the project and says how to go on.
///
/// # Errors
/// The name is none for a package, the folder is there already or cannot be made, or nobody knows where Ding is.
pub fn new(args: &New) -> Result<(), Failure> {
    let folder = &args.folder;
    let name = name(folder)?;
    let ding = source(args)?;
    write(folder, name, &ding)
        .map_err(|error| Failure::new(Exit::CannotCreate, format!("{}: {error}", folder.display())))?;
    let said = format!(
        "Wrote {0}, on the source of Ding in {1}.\n\n  cd {0}\n  cargo test\n  cargo run --release -- up\n",
        folder.display(),
        ding.display()
    );
    let _ = io::stdout().lock().write_all(said.as_bytes());
    Ok(())
}

/// The last part of the folder, if a package can be called so.
fn name(folder: &Path) -> Result<&str, Failure> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if begins && name.chars().all(is_plain) && name.len() <= NAME_BYTES_MAX && !TAKEN.contains(&name) {
        return Ok(name);
    }
    let wish = format!("{name:?} is no name for a game: a–z, 0–9 and -, a letter first, and not Ding's own");
    Err(Failure::new(Exit::Usage, wish))
}

/// Where the source of Ding is: as said, or around this program, or around this folder.
fn source(args: &New) -> Result<PathBuf, Failure> {
    if let Some(said) = &args.ding {
        let there = said.canonicalize().ok().filter(|folder| is_ding(folder));
        let text = format!("--ding {}: no Cargo.toml of the package ding there", said.display());
        return there.ok_or_else(|| Failure::new(Exit::Usage, text));
    }
    let around = [std::env::current_exe(), std::env::current_dir()];
    let around = around.into_iter().flatten().filter_map(|path| path.canonicalize().ok());
    let found = around.into_iter().find_map(|path| path.ancestors().find(|f| is_ding(f)).map(Path::to_owned));
    found.ok_or_else(|| {
        let text =
            "the source of Ding is neither around this program nor around this folder: say where, --ding DIR";
        Failure::new(Exit::Usage, text)
    })
}

fn is_ding(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line == "name = \"ding\"")
}

fn write(folder: &Path, name: &str, ding: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.parent().unwrap_or(Path::new("")))?;
    fs::create_dir(folder)?;
    let place = format!("path = {:?}", ding.display().to_string());
    for (path, text) in FILES {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text.replace(TEMPLATE_NAME, name).replace(TEMPLATE_PLACE, &place))?;
    }
    // The versions that Ding is tested with; Cargo leaves out what is not needed.
    for name in ["Cargo.lock", "rust-toolchain.toml"] {
        match fs::copy(ding.join(name), folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

macro_rules! template {
    ($($path:literal)*) => { &[$(($path, include_str!(concat!("../template/", $path)))),*] };
}

/// Each file of the project, with its text in the template.
const FILES: &[(&str, &str)] = template! {
    "Cargo.toml" "README.md" "build.rs" "schema/nim.proto" "src/main.rs" "src/room.rs" "src/room/tests.rs" "src/bots.rs"
    ".gitignore"
};
const TEMPLATE_NAME: &str = "my-game";
const TEMPLATE_PLACE: &str = "path = \"..\"";
/// Packages of which a game is made.
const TAKEN: &[&str] =
    &["ding", "proto", "calls", "gateway", "game", "dbfront", "client", "bot", "lab", "prost", "serde"];
const NAME_BYTES_MAX: usize = 64;
