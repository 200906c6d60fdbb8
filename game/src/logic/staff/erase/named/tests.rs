//! Names within texts, and places within tables.

use super::*;
use crate::logic::names::canonical;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_name_goes_where_it_is_a_word_and_stays_a_part_of_others() {
    let ida = names(&["Ida Blum", "Ida"]);
    for (text, expected) in [
        ("Ida", "(deleted)"),
        ("ida, IDA! and Idaho", "(deleted), (deleted)! and Idaho"),
        ("ask ida blum or Ida", "ask (deleted) or (deleted)"),
        ("holiday frida", "holiday frida"),
        ("\u{e4}ida ida\u{e4} \u{e4} ida", "\u{e4}ida ida\u{e4} \u{e4} (deleted)"),
        ("", ""),
    ] {
        assert_eq!(without(text, &ida, 1_000), expected);
        assert_eq!(names_one_of(text, &ida), text != expected);
        assert!(!names_one_of(expected, &ida), "once is enough");
    }
    assert_eq!(without("\u{c4}nne \u{e4}NNE", &names(&["\u{e4}nne"]), 99), "(deleted) (deleted)");
    assert_eq!(without("anything", &names(&[""]), 99), "anything");
}

#[test]
fn what_becomes_too_long_is_cut_between_two_letters() {
    let text = "Al ".repeat(85) + "\u{e4}";
    let out = without(&text, &names(&["Al"]), 256);
    assert!(out.len() <= 256 && out.starts_with("(deleted) (deleted)"));
    assert_eq!(without("Al \u{e4}", &names(&["Al"]), 11), "(deleted) ");
}

#[test]
fn nobody_is_called_like_a_forgotten_one() {
    assert!(canonical(FORGOTTEN).is_err());
}

#[test]
fn a_place_is_said_and_understood_and_nothing_else_is() {
    assert_eq!(place(Vec::new()), Some((Table::Mail, Vec::new())));
    for table in TABLES {
        let key = vec![int(7), int(9)];
        assert_eq!(place(after(table, key.clone())), Some((table, key)));
    }
    for wrong in [vec![int(7), int(9)], vec![int(1), int(7)], vec![int(10)], vec![Value { v: None }]] {
        assert_eq!(place(wrong.clone()), None, "{wrong:?}");
    }
    let order: Vec<Table> = std::iter::successors(Some(TABLES[0]), |table| next(*table)).collect();
    assert_eq!(order, TABLES);
}
