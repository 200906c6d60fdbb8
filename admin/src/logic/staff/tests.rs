//! Who can be made staff and who cannot, and that somebody always decides.

use super::*;

fn owner() -> Roster {
    Roster::default().with("anna", Member::new(Role::Owner, "hash".to_owned(), 0)).expect("a name")
}

#[test]
fn a_name_is_short_plain_and_of_one_only() {
    let roster = owner();
    let viewer = || Member::new(Role::Viewer, "hash".to_owned(), 0);
    assert_eq!(roster.with("anna", viewer()).err(), Some(StaffError::NameTaken));
    let long = "a".repeat(33);
    for wrong in ["", "a", "Anna", "0anna", "an na", "ännchen", "anna\n", long.as_str(), "<b>"] {
        assert_eq!(roster.with(wrong, viewer()).err(), Some(StaffError::BadName), "{wrong}");
    }
    assert!(roster.with("ben.o-2_x", viewer()).is_ok());
}

#[test]
fn a_list_is_never_left_without_an_owner_who_may_log_in() {
    let roster = owner();
    let demoted = roster.changed("anna", |member| member.role = Role::Operator);
    assert_eq!(demoted.err(), Some(StaffError::LastOwner));
    let disabled = roster.changed("anna", |member| member.disabled = true);
    assert_eq!(disabled.err(), Some(StaffError::LastOwner));
    let two = roster.with("ben", Member::new(Role::Owner, "hash".to_owned(), 0)).expect("a name");
    let one = two.changed("anna", |member| member.disabled = true).expect("ben is left");
    assert!(one.active("anna").is_none() && one.member("anna").is_some() && one.active("ben").is_some());
    assert_eq!(one.changed("carl", |_| ()).err(), Some(StaffError::NoSuchStaff));
}

#[test]
fn there_are_never_more_than_the_bound() {
    let mut roster = owner();
    for n in 1..STAFF_MAX {
        roster =
            roster.with(&format!("ben{n}"), Member::new(Role::Viewer, "hash".to_owned(), 0)).expect("room");
    }
    let more = roster.with("carl", Member::new(Role::Viewer, "hash".to_owned(), 0));
    assert_eq!(more.err(), Some(StaffError::TooMany));
}

#[test]
fn a_password_is_long_and_not_the_name() {
    let check = |text: &str| check_password("a-rather-long-name", &Secret::new(text.to_owned()));
    assert_eq!(check("correct horse battery"), Ok(()));
    let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
    for weak in ["", "elevenchars", "A-rather-long-NAME", long.as_str()] {
        assert_eq!(check(weak), Err(StaffError::WeakPassword), "{weak}");
    }
}

#[test]
fn a_code_is_good_once_even_over_a_restart() {
    let secret = [7; SECRET_BYTES];
    let roster = owner().changed("anna", |member| member.totp = Some(hex::encode(&secret))).expect("anna");
    let code = Secret::new(totp::code(&secret, 1_000));
    let step = roster.active("anna").and_then(|member| member.totp_check(&code, 30_000));
    assert_eq!(step, Some(1_000));
    let used = roster.changed("anna", |member| member.totp_step = 1_000).expect("anna");
    let stored = serde_json::to_string(&used).expect("plain");
    let read: Roster = serde_json::from_str(&stored).expect("what was written");
    assert_eq!(read.active("anna").and_then(|member| member.totp_check(&code, 30_000)), None);
    assert!(!format!("{read:?}").contains("hash"), "nothing secret is shown");
}
