//! Staff asks a real process from another thread.

use std::time::Duration;

use game::staff::{Desk, StaffError};
use proto::link::{StaffFind, StaffKick, StaffRequest, StaffWho, staff_request::What};

use crate::setup::served;

fn about(account: u64) -> StaffRequest {
    let who = Some(StaffWho { account, name: String::new() });
    StaffRequest {
        by: "test".to_owned(),
        what: Some(What::Find(StaffFind { who })),
        ..StaffRequest::default()
    }
}

#[test]
fn staff_finds_who_plays_and_shows_him_the_door() {
    let (game, _dbfront, mut gateway) = served();
    let account = gateway.guest(1).account;
    let found = game.desk.ask(about(account), PATIENCE).unwrap();
    assert_eq!((found.account, found.online, found.error.as_str()), (account, true, ""));
    let who = Some(StaffWho { account, name: String::new() });
    let kick = StaffRequest { what: Some(What::Kick(StaffKick { who })), ..StaffRequest::default() };
    assert_eq!(game.desk.ask(kick, PATIENCE).unwrap().error, "");
    assert!(!game.desk.ask(about(account), PATIENCE).unwrap().online);
    assert_eq!(game.desk.ask(about(7), PATIENCE).unwrap().error, "no_such_account");
}

#[test]
fn a_desk_without_a_game_says_so_and_so_does_one_whose_game_has_ended() {
    assert_eq!(Desk::default().ask(about(1), PATIENCE).unwrap_err(), StaffError::Starting);
    let (mut game, _dbfront, _gateway) = served();
    game.ask_to_stop();
    game.end().unwrap();
    assert!(matches!(game.desk.ask(about(1), Duration::ZERO), Err(StaffError::Starting)));
}

#[test]
fn what_is_no_request_does_not_reach_the_game() {
    let empty = StaffRequest::default();
    assert_eq!(Desk::default().ask(empty, PATIENCE).unwrap_err(), StaffError::BadRequest);
}

const PATIENCE: Duration = Duration::from_secs(30);
