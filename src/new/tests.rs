//! What a new project is called, where it looks for Ding, and that nothing of the template is left out.

use super::*;

#[test]
fn a_project_is_written_once_under_its_own_name_with_the_place_of_ding() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("games").join("card-house");
    let args = New { folder: folder.clone(), ding: Some(top.to_owned()) };
    new(&args).expect("written");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("there");
    assert!(manifest.contains("name = \"card-house\""), "{manifest}");
    let place_of_ding = top.canonicalize().expect("there");
    assert!(
        manifest.contains(&format!("ding = {{ path = {:?} }}", place_of_ding.display().to_string())),
        "{manifest}"
    );
    let room = fs::read(folder.join("src/room.rs")).expect("there");
    assert_eq!(room, fs::read(top.join("template/src/room.rs")).expect("there"));
    assert!(folder.join("Cargo.lock").exists());
    assert_eq!(new(&args).map_err(|failure| failure.exit), Err(Exit::CannotCreate), "never over something");
}

#[test]
fn every_file_of_the_template_is_in_the_program() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
    let (mut folders, mut found) = (vec![top.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(&top).expect("below it").to_str().expect("UTF-8").to_owned();
            match path.is_dir() {
                true if name != "target" => folders.push(path),
                false if name != "Cargo.lock" => found.push(name),
                _ => {}
            }
        }
    }
    found.sort();
    let mut known: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

#[test]
fn a_name_that_is_none_and_a_place_without_ding_are_refused_and_nothing_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for wrong in ["My-Game", "7up", "a_b", "ding", "game"] {
        let args = New { folder: place.path().join(wrong), ding: Some(top.to_owned()) };
        assert_eq!(new(&args).map_err(|failure| failure.exit), Err(Exit::Usage), "{wrong}");
    }
    let args = New { folder: place.path().join("fine"), ding: Some(place.path().to_owned()) };
    assert_eq!(new(&args).map_err(|failure| failure.exit), Err(Exit::Usage));
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
}
