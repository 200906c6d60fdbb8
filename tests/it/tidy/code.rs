//! How source files look.

use super::{assert_none, files, rust};

/// Files that are longer than the limit, with the length they may have. May only shrink.
const LONG: &[(&str, usize)] = &[];
const LINES_MAX: usize = 500;
const MAIN_LINES_MAX: usize = 60;

#[test]
fn every_source_file_says_what_it_is_for() {
    let bare = |text: &str| !text.starts_with("//! ");
    let findings: Vec<String> =
        rust().into_iter().filter(|file| bare(&file.text)).map(|file| file.path).collect();
    assert_none("files without a first line `//! …`", &findings);
}

#[test]
fn no_file_grows_beyond_reading() {
    let mut findings = Vec::new();
    for source in rust() {
        let lines = source.text.lines().count();
        let allowed = LONG.iter().find(|(path, _)| *path == source.path);
        match allowed {
            None if lines > LINES_MAX => findings.push(format!("{}: {lines} lines", source.path)),
            Some((_, most)) if lines > *most => {
                findings.push(format!("{}: {lines} lines, was {most}", source.path));
            }
            Some(_) if lines <= LINES_MAX => {
                findings.push(format!("{}: short again, take it off the list", source.path));
            }
            None | Some(_) => (),
        }
        if source.path.ends_with("main.rs") && lines > MAIN_LINES_MAX {
            findings.push(format!("{}: a main has at most {MAIN_LINES_MAX} lines", source.path));
        }
    }
    findings.extend(
        LONG.iter()
            .filter(|(path, _)| rust().iter().all(|file| file.path != *path))
            .map(|(path, _)| format!("{path} is gone")),
    );
    assert_none("long files", &findings);
}

#[test]
fn nothing_sleeps_to_wait_and_no_test_is_left_out() {
    // Written in halves, so that this file does not find itself.
    let needles = [
        concat!("sle", "ep("),
        concat!("#[igno", "re"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X:"),
        concat!("to", "do!("),
        concat!("unimplem", "ented!("),
        concat!("db", "g!("),
    ];
    let mut findings = Vec::new();
    for source in rust() {
        for (number, line) in source.text.lines().enumerate() {
            let hits = needles.iter().filter(|needle| line.contains(**needle));
            findings.extend(hits.map(|hit| format!("{}:{}: {hit}", source.path, number + 1)));
        }
    }
    assert_none("habits", &findings);
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let needles =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    let mut findings = Vec::new();
    for source in files(&[".rs", ".md", ".toml", ".proto", ".sql", "run", "check"]) {
        for (number, line) in source.text.lines().enumerate() {
            let hits = needles.iter().filter(|needle| line.contains(**needle));
            findings.extend(hits.map(|hit| format!("{}:{}: {hit}", source.path, number + 1)));
        }
    }
    assert_none("private paths", &findings);
}

#[test]
fn lints_are_switched_off_only_where_it_is_expected_with_a_reason() {
    let mut findings = Vec::new();
    for source in rust() {
        for (number, line) in source.text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with(concat!("#[al", "low(")) || line.starts_with(concat!("#![al", "low(")) {
                findings.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    assert_none("write #[expect(…, reason = \"…\")]", &findings);
}

#[test]
fn unsafe_code_is_in_one_file_and_each_piece_has_its_proof() {
    let word = concat!("uns", "afe {");
    let mut findings = Vec::new();
    for source in rust() {
        let pieces = source.text.matches(word).count();
        let proofs = source.text.matches(concat!("// SAF", "ETY: ")).count();
        if pieces != proofs || (0 < pieces && source.path != UNSAFE) {
            findings.push(format!("{}: {pieces} pieces, {proofs} proofs", source.path));
        }
    }
    assert_none("unsafe code is decision 0031's", &findings);
}

/// Where the compiler is told to expect it.
const UNSAFE: &str = "game/src/driver/watchdog/fault.rs";
