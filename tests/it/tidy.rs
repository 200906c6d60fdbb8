//! The habits of this repository as tests: who imports whom, who owns which package, what stays pure,
//! how files look, and that the documents name what the code has. ARCHITECTURE.md says why.

mod code;
mod documents;
mod events;
mod faults;
mod imports;
mod promises;
mod retention;
mod rooms;
mod translated;
mod tutorial;

use std::path::{Path, PathBuf};

use crate::support::{read, root};

/// A file of the tree.
struct Source {
    /// Relative to the top, with `/`.
    path: String,
    text: String,
    /// All of it is a test or serves tests.
    test: bool,
}

impl Source {
    fn is_test(&self) -> bool {
        self.test
    }

    /// The modules that this file declares for tests only, as paths without `.rs`.
    fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let declared = self.text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
            let line = rest.lines().next()?.trim_start();
            let name = line.rsplit_once("mod ")?.1.strip_suffix(';')?;
            Some(format!("{folder}/{name}"))
        });
        declared.collect()
    }

    /// Its code, without comments and without a test module at its end.
    fn code(&self) -> String {
        let until = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..until].lines();
        lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |all, line| all + line + "\n")
    }

    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

/// Every file with one of these endings.
fn files(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty());
    found
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            if !["target", ".git", "ding-data", "node_modules"].contains(&name.as_str()) {
                walk(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let relative = path.strip_prefix(root()).expect("below the top").to_string_lossy().into_owned();
            let test = ["/tests/", "/examples/"].iter().any(|part| relative.contains(part))
                || relative.starts_with("tests/");
            found.push(Source { text: read(&path), path: relative, test });
        }
    }
}

fn rust() -> Vec<Source> {
    let mut sources = files(&[".rs"]);
    let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        let path = source.path.trim_end_matches(".rs");
        let is_in = |module: &String| path == module || path.starts_with(&format!("{module}/"));
        source.test |= modules.iter().any(is_in);
    }
    sources
}

/// A line of `ding config` without the mark that makes it a comment, if it is a setting.
pub fn setting(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('#').unwrap_or(line).trim_start();
    let (key, _) = rest.split_once(" = ")?;
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_key.then_some(rest)
}

/// Fails with all findings, not only the first.
fn assert_none(what: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what}:\n  {}", findings.join("\n  "));
}

/// Whether `text` has `word` with no letter, digit or underscore on either side.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_part);
        let after = text[at + word.len()..].chars().next().is_some_and(is_part);
        !before && !after
    })
}
