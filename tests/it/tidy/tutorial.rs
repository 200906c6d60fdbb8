//! docs/TUTORIAL.md shows the project of `template/` as it is: each quote is compared, and each marked region is quoted.

use super::assert_none;
use crate::support::{read, root};

/// What stands between two marks of a file, without the indentation that all of it has; without a name, all of the file.
fn region(text: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        return Some(text.trim_end().to_owned());
    }
    let mut lines = text.lines().skip_while(|line| line.trim() != format!("// docs: {name}"));
    lines.next()?;
    let inside: Vec<&str> = lines.take_while(|line| line.trim() != "// docs: end").collect();
    let filled = inside.iter().filter(|line| !line.is_empty());
    let indent = filled.map(|line| line.len() - line.trim_start().len()).min()?;
    let lines: Vec<&str> = inside.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    Some(lines.join("\n").trim_end().to_owned())
}

#[test]
fn the_tutorial_quotes_the_template_and_all_of_its_marked_parts() {
    let page = read(&root().join("docs/TUTORIAL.md"));
    let (mut findings, mut quoted) = (Vec::new(), Vec::new());
    for (place, rest) in page.split("<!-- ").skip(1).filter_map(|rest| rest.split_once(" -->\n")) {
        let (path, name) = place.split_once(": ").unwrap_or((place, ""));
        let shown = rest.split_once('\n').and_then(|(_, code)| code.split_once("\n```"));
        let there = region(&read(&root().join(path)), name);
        match (there, shown) {
            (Some(there), Some((shown, _))) if there == shown => quoted.push(place.to_owned()),
            (Some(there), _) => findings.push(format!("{place} is not as quoted, but:\n{there}\n")),
            (None, _) => findings.push(format!("{place}: no such part")),
        }
    }
    for path in
        ["template/src/main.rs", "template/src/room.rs", "template/src/room/tests.rs", "template/src/bots.rs"]
    {
        let text = read(&root().join(path));
        let marks = text.lines().filter_map(|line| line.trim().strip_prefix("// docs: "));
        let marks = marks.filter(|name| *name != "end").map(|name| format!("{path}: {name}"));
        findings
            .extend(marks.filter(|mark| !quoted.contains(mark)).map(|mark| format!("{mark} is not quoted")));
    }
    assert!(10 < quoted.len() || !findings.is_empty(), "{quoted:?}");
    assert_none("docs/TUTORIAL.md", &findings);
}
