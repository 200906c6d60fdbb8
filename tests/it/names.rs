//! Game and the database agree about which names are equal: the key that game makes, under the collation that the
//! database compares with (reliability V9).

use game::logic::names::canonical;
use rusqlite::Connection;

use crate::support::{read, root};

/// SplitMix64: many names, the same in every run.
struct Walk(u64);

impl Walk {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("below a usize")
    }

    fn of<'a>(&mut self, set: &[&'a str]) -> &'a str {
        set[self.below(set.len())]
    }

    /// Short, of few letters: so that many are equal, or nearly.
    fn name(&mut self) -> String {
        let letters = SCRIPTS[self.below(SCRIPTS.len())];
        (0..2 + self.below(3)).map(|_| self.of(letters)).collect()
    }

    /// The same, or nearly, in another form.
    fn changed(&mut self, name: &str) -> String {
        match self.below(8) {
            0 => name.to_uppercase(),
            1 => name.to_lowercase(),
            2 => name.chars().map(|c| if self.below(2) == 0 { wide(c) } else { c }).collect(),
            3 => format!("{name}\u{301}"),
            4 => format!("{name}.a"),
            5 => name.chars().rev().collect(),
            6 => name.to_owned(),
            _ => self.name(),
        }
    }
}

fn wide(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Letters that collations which are not binary take for each other.
const SCRIPTS: &[&[&str]] = &[
    &[
        "a", "A", "á", "a\u{301}", "ä", "ａ", "e", "é", "E", "ss", "ß", "i", "İ", "ı", "1", "o", "ø", "ﬁ",
        "fi",
    ],
    &["а", "А", "е", "ё", "Ё", "е\u{308}", "и", "й"],
    &["α", "ά", "Α", "σ", "ς", "Σ"],
    &["か", "が", "か\u{3099}", "カ", "ｶ", "ー", "は", "ぱ"],
    &["中", "國", "国", "文", "⼀", "一"],
    &["ا", "أ", "ب", "ﺏ", "١"],
    &["क", "ख", "क\u{94d}ष", "ि"],
];

#[test]
fn game_and_the_database_agree_on_a_hundred_thousand_pairs_of_names() {
    let database = Connection::open_in_memory().expect("SQLite");
    let schema = read(&root().join("dbfront/src/store/schema/sqlite/0001_first_tables.sql"));
    database.execute_batch(&schema).expect("the tables");
    let mut walk = Walk(9);
    // Each name and the same, or nearly, in another form.
    let mut names = Vec::new();
    while names.len() < NAMES {
        let typed = walk.name();
        let other = walk.changed(&typed);
        if let (Ok(one), Ok(two)) = (canonical(&typed), canonical(&other)) {
            names.extend([one, two]);
        }
    }
    // As a new account does it: a name that is taken is refused. Whose it is, is the first one's number.
    let put = "INSERT INTO account_name (name_key, account, ver) VALUES (?1, ?2, 1)";
    let mut put = database.prepare(put).expect("SQL");
    let mut taken = std::collections::HashMap::new();
    for (number, name) in (0_u32..).zip(&names) {
        let is_taken = put.execute(rusqlite::params![name.key(), number]).is_err();
        let is_first = *taken.entry(name.key()).or_insert(number) == number;
        assert_eq!(is_taken, !is_first, "{name:?}");
    }
    let same = "SELECT one.account = two.account FROM account_name AS one, account_name AS two \
                WHERE one.name_key = ?1 AND two.name_key = ?2";
    let mut same = database.prepare(same).expect("SQL");
    let mut equal = 0;
    for pair in 0..100_000 {
        let one = walk.below(names.len());
        let two = if pair % 2 == 0 { one ^ 1 } else { walk.below(names.len()) };
        let (one, two) = (&names[one], &names[two]);
        let is_same: bool = same.query_row([one.key(), two.key()], |row| row.get(0)).expect("both are there");
        let is_equal = one.key() == two.key();
        equal += usize::from(is_equal);
        assert_eq!(is_same, is_equal, "{one:?} and {two:?}");
        assert!(is_equal || one.shown() != two.shown(), "{one:?} and {two:?} look the same");
    }
    assert!((10_000..60_000).contains(&equal), "{equal} pairs are equal: this compares nothing");
}

/// Few enough that a test that is not optimized can make them, many enough that hardly a pair comes twice.
const NAMES: usize = 4_000;
