//! The list of a crate's places is the list of its places.

use std::{collections::BTreeSet, fs, path::Path};

fn walk(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, names);
        } else if !path.ends_with("failpoint.rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let points = text.split("point!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(points.map(str::to_owned));
        }
    }
}

#[test]
fn every_place_in_the_sources_is_in_its_crates_list_and_the_other_way_round() {
    for (folder, points) in
        [("dbfront/src", dbfront::failpoint::POINTS), ("game/src", game::failpoint::POINTS)]
    {
        let mut names = BTreeSet::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
        assert_eq!(names, points.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(names.len(), points.len());
    }
}
