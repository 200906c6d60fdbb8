//! The folder of designers' files, and the bundled one inside this binary.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use super::problem::Problem;
use crate::logic::design::Item;

/// The texts of all files, each with the name that people know it by.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) items: Text,
    pub(super) monsters: Text,
    pub(super) levels: Text,
    pub(super) shops: Text,
    pub(super) map: Text,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) content: String,
}

/// What is in this binary: `design/` of the repository.
pub(super) fn bundled() -> Files {
    let text = |name: &str, content: &str| Text { name: name.to_owned(), content: content.to_owned() };
    Files {
        items: text("items.toml", include_str!("../../../design/items.toml")),
        monsters: text("monsters.toml", include_str!("../../../design/monsters.toml")),
        levels: text("levels.toml", include_str!("../../../design/levels.toml")),
        shops: text("shops.toml", include_str!("../../../design/shops.toml")),
        map: text("map.toml", include_str!("../../../design/map.toml")),
    }
}

/// The files of a folder.
///
/// # Errors
/// Those that cannot be read.
pub(super) fn read(folder: &Path) -> Result<Files, Vec<Problem>> {
    let items = text(folder, "items.toml");
    let monsters = text(folder, "monsters.toml");
    let levels = text(folder, "levels.toml");
    let shops = text(folder, "shops.toml");
    let map = text(folder, "map.toml");
    match (items, monsters, levels, shops, map) {
        (Ok(items), Ok(monsters), Ok(levels), Ok(shops), Ok(map)) => {
            Ok(Files { items, monsters, levels, shops, map })
        }
        (items, monsters, levels, shops, map) => {
            let problems = [items.err(), monsters.err(), levels.err(), shops.err(), map.err()];
            Err(problems.into_iter().flatten().collect())
        }
    }
}

/// An item that the folder no longer has.
pub(super) fn lost(folder: &Path, item: &Item) -> Problem {
    let text = format!(
        "{} ({}) is gone, and players may have some: items are renamed, never taken away",
        item.number, item.name
    );
    plain(shown(folder, "items.toml"), "item.number", text)
}

/// A map that is not the one on which characters stand.
pub(super) fn other_ground(folder: &Path) -> Problem {
    let text = "size, view, speed, walls and spawn points change only at a start".to_owned();
    plain(shown(folder, "map.toml"), "", text)
}

fn shown(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

fn text(folder: &Path, name: &str) -> Result<Text, Problem> {
    let path = folder.join(name);
    let shown = path.display().to_string();
    match read_bounded(&path) {
        Ok(content) => Ok(Text { name: shown, content }),
        Err(error) => Err(plain(shown, "", error.to_string())),
    }
}

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut content = String::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut content)?;
    if FILE_BYTES_MAX < content.len() as u64 {
        return Err(io::Error::other(format!("more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(content)
}

fn plain(file: String, field: &str, text: String) -> Problem {
    Problem { file, content: "".into(), span: 0..0, field: field.to_owned(), text }
}

const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
