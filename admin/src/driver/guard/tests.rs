//! The names that a console answers to.

use super::*;

fn hosts(address: &str, names: &[&str], is_secure: bool) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Front::new(address.parse().expect("an address"), &names, is_secure).hosts.to_vec()
}

#[test]
fn names_have_the_consoles_port_unless_they_say_another_and_browsers_leave_out_the_usual_one() {
    assert_eq!(hosts("127.0.0.1:7080", &[], false), ["127.0.0.1:7080", "localhost:7080"]);
    assert_eq!(
        hosts("0.0.0.0:7080", &["a.example", "b.example:9", "[::1]"], true),
        ["a.example:7080", "b.example:9", "[::1]:7080", "localhost:7080"]
    );
    assert_eq!(
        hosts("192.0.2.1:443", &["a.example"], true),
        ["a.example:443", "192.0.2.1:443", "localhost:443", "a.example", "192.0.2.1", "localhost"]
    );
    assert_eq!(hosts("[::1]:443", &[], false), ["[::1]:443", "localhost:443"], "443 is usual over TLS alone");
}

#[test]
fn people_are_told_the_name_that_was_chosen() {
    let of = |names: &[String], is_secure| Front::new(([127, 0, 0, 1], 7080).into(), names, is_secure).url();
    assert_eq!(of(&[], false), "http://127.0.0.1:7080");
    assert_eq!(of(&["a.example".to_owned()], true), "https://a.example:7080");
}
