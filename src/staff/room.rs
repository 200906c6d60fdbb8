//! `ding room …`: open rooms, listed, shown, ended and spoken to. Knows no game: a room's state is printed as it comes.

use std::{io::Write, path::Path};

use proto::link::{
    StaffRoomClose, StaffRoomInfo, StaffRoomList, StaffRoomSay, StaffRoomSeat, StaffRoomShow,
    staff_request::What,
};
use serde_json::{Value, json};

use super::{link::Game, render::plain};
use crate::{
    args::{room::RoomCommand, staff::Listing},
    exit::{Exit, Failure},
};

/// Runs one of the commands.
///
/// # Errors
/// Game does not run, or it refused.
pub fn room(command: &RoomCommand) -> Result<(), Failure> {
    let text = match command {
        RoomCommand::List(Listing { place, after, limit, json }) => {
            let (rooms, next) = list(&place.data, *after, *limit as usize)?;
            if *json { list_json(&rooms, next) } else { list_text(&rooms, next) }
        }
        RoomCommand::Show { place, room, json } => {
            let response =
                Game::of(&place.data).ask(What::RoomShow(StaffRoomShow { room: *room, watch: false }))?;
            let shown = response.rooms.first().ok_or_else(|| {
                Failure::new(Exit::Unavailable, "game: its answer has no room: is it another version?")
            })?;
            if *json { format!("{}\n", whole_json(shown)) } else { show_text(shown) }
        }
        RoomCommand::Close { place, room, reason } => {
            let wish = What::RoomClose(StaffRoomClose { room: *room });
            Game::of(&place.data).ask_because(wish, reason)?;
            format!("room {room}: closed\n")
        }
        RoomCommand::Say { place, room, signal, body, why } => {
            let body = body.clone().into_bytes().into();
            let wish = What::RoomSay(StaffRoomSay { room: *room, signal: signal.clone(), body });
            Game::of(&place.data).ask_because(wish, &why.reason)?;
            format!("room {room}: heard {}\n", plain(signal))
        }
    };
    // A reader that went away wants no more of it.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(())
}

/// So many rooms after this id, and after which the next begin, if there are more.
fn list(data: &Path, mut after: u64, limit: usize) -> Result<(Vec<StaffRoomInfo>, Option<u64>), Failure> {
    let game = Game::of(data);
    let mut rooms: Vec<StaffRoomInfo> = Vec::new();
    loop {
        let page = game.ask(What::RoomList(StaffRoomList { after, ..StaffRoomList::default() }))?;
        rooms.extend(page.rooms);
        let has_more = !page.done || limit < rooms.len();
        rooms.truncate(limit);
        after = rooms.last().map_or(after, |room| room.room);
        if page.done || limit <= rooms.len() {
            return Ok((rooms, has_more.then_some(after)));
        }
    }
}

fn list_json(rooms: &[StaffRoomInfo], next: Option<u64>) -> String {
    let rooms: Vec<Value> = rooms.iter().map(line_json).collect();
    format!("{}\n", json!({ "rooms": rooms, "next": next }))
}

fn list_text(rooms: &[StaffRoomInfo], next: Option<u64>) -> String {
    let mut text = format!(
        "{:<20}{:<24}{:<9}{:<9}{:<10}{:<9}{:<12}{:<7}LABEL\n",
        "ID", "NAME", "MEMBERS", "PLAYERS", "AGE", "INPUTS", "POT", "KEEPS"
    );
    for room in rooms {
        let players = format!("{}/{}", room.players, room.players_max);
        let (name, keeps, label) = (plain(&room.name), yes(room.keeps), plain(&room.label));
        let StaffRoomInfo { room, members, age_ms, inputs, pot, .. } = room;
        let age = age(*age_ms);
        let line = format!(
            "{room:<19} {name:<23} {members:<8} {players:<8} {age:<9} {inputs:<8} {pot:<11} {keeps:<6} {label}"
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if let Some(next) = next {
        text.push_str(&format!("more: ding room list --after {next}\n"));
    }
    text
}

fn line_json(room: &StaffRoomInfo) -> Value {
    json!({
        "id": room.room,
        "name": room.name,
        "members": room.members,
        "players": room.players,
        "players_max": room.players_max,
        "label": room.label,
        "age_ms": room.age_ms,
        "inputs": room.inputs,
        "keeps": room.keeps,
        "pot": room.pot,
    })
}

fn whole_json(room: &StaffRoomInfo) -> Value {
    let seats: Vec<Value> = room.seats.iter().map(seat_json).collect();
    let mut document = line_json(room);
    document["seats"] = seats.into();
    // One that was cut is no JSON any more.
    document["state"] = match serde_json::from_str(&room.state) {
        Ok(state) if !is_cut(room) => state,
        _ => room.state.clone().into(),
    };
    document["state_bytes"] = room.state_bytes.into();
    document["state_is_cut"] = is_cut(room).into();
    document
}

fn seat_json(seat: &StaffRoomSeat) -> Value {
    json!({
        "account": seat.account,
        "player": seat.player,
        "here": seat.here,
        "gone": seat.gone,
        "stake": seat.stake,
    })
}

fn show_text(room: &StaffRoomInfo) -> String {
    let keeps = if room.keeps { "survives a crash of game" } else { "ends with game" };
    let mut text =
        format!("room {} {}, open for {}, {keeps}\n", room.room, plain(&room.name), age(room.age_ms));
    if !room.label.is_empty() {
        text.push_str(&format!("  label   {}\n", plain(&room.label)));
    }
    text.push_str(&format!(
        "  {} inputs heard · {} gold in the pot · {} members, {} of at most {} play\n",
        room.inputs, room.pot, room.members, room.players, room.players_max
    ));
    for seat in &room.seats {
        let what = match (seat.gone, seat.player) {
            (true, _) => "has left its stake",
            (false, true) => "plays",
            (false, false) => "looks on",
        };
        let away = if seat.here || seat.gone { "" } else { ", away" };
        let stake = if seat.stake == 0 { String::new() } else { format!(", staked {}", seat.stake) };
        text.push_str(&format!("  account {} {what}{away}{stake}\n", seat.account));
    }
    let left = room.seats.iter().filter(|seat| seat.gone).count();
    let unseen = (room.members as usize + left).saturating_sub(room.seats.len());
    if unseen != 0 {
        text.push_str(&format!("  and {unseen} more\n"));
    }
    text.push_str(&format!("  state   {}\n", plain(&room.state)));
    if is_cut(room) {
        text.push_str(&format!("  of {} bytes\n", room.state_bytes));
    }
    text
}

fn is_cut(room: &StaffRoomInfo) -> bool {
    (room.state.len() as u64) < room.state_bytes
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// The two greatest units.
fn age(ms: u64) -> String {
    let seconds = ms / 1_000;
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds}s"),
        (0, 0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (0, hours, minutes, _) => format!("{hours}h{minutes:02}m"),
        (days, hours, ..) => format!("{days}d{hours:02}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> StaffRoomInfo {
        let seat = |account, player, here, stake, gone| StaffRoomSeat { account, player, here, stake, gone };
        StaffRoomInfo {
            room: 4_294_967_301,
            name: "book#7".to_owned(),
            members: 3,
            players: 2,
            players_max: 2,
            label: "e4\u{1b}[2J".to_owned(),
            age_ms: 61_500,
            inputs: 12,
            keeps: true,
            pot: 700,
            seats: vec![
                seat(1, true, true, 400, false),
                seat(2, true, false, 200, false),
                seat(9, false, false, 100, true),
            ],
            state: "{\"lines\":[\"\u{9b}\"]}".to_owned(),
            state_bytes: 16,
            ..StaffRoomInfo::default()
        }
    }

    #[test]
    fn a_list_is_a_line_a_room_and_says_where_it_goes_on() {
        let text = list_text(&[book()], Some(4_294_967_301));
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let words = ["4294967301", "book#7", "3", "2/2", "1m01s", "12", "700", "yes", "e4\\u{1b}[2J"];
        assert_eq!(lines[1], words);
        assert_eq!(lines[2].join(" "), "more: ding room list --after 4294967301");
        assert_eq!(list_text(&[], None).lines().count(), 1, "only its heading");
        let json: Value = serde_json::from_str(&list_json(&[book()], None)).expect("JSON");
        assert_eq!((&json["rooms"][0]["pot"], &json["next"]), (&700.into(), &Value::Null));
        assert!(json["rooms"][0].get("state").is_none());
    }

    #[test]
    fn a_room_is_shown_with_who_is_there_and_writes_nothing_to_the_terminal() {
        let text = show_text(&book());
        assert_eq!(
            text,
            "room 4294967301 book#7, open for 1m01s, survives a crash of game\n  \
             label   e4\\u{1b}[2J\n  \
             12 inputs heard · 700 gold in the pot · 3 members, 2 of at most 2 play\n  \
             account 1 plays, staked 400\n  \
             account 2 plays, away, staked 200\n  \
             account 9 has left its stake, staked 100\n  \
             and 1 more\n  \
             state   {\"lines\":[\"\\u{9b}\"]}\n"
        );
    }

    #[test]
    fn a_state_is_json_within_json_unless_it_was_cut() {
        let json = whole_json(&book());
        assert_eq!((&json["state"]["lines"][0], &json["state_is_cut"]), (&"\u{9b}".into(), &false.into()));
        assert_eq!((&json["seats"][2]["gone"], &json["seats"][1]["here"]), (&true.into(), &false.into()));
        let cut = StaffRoomInfo { state_bytes: 40_000, ..book() };
        assert_eq!(whole_json(&cut)["state_is_cut"], true);
        assert!(whole_json(&cut)["state"].is_string());
        assert!(show_text(&cut).ends_with("of 40000 bytes\n"));
    }

    #[test]
    fn an_age_has_its_two_greatest_units() {
        let seconds = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 90_061];
        let ages = seconds.map(|seconds| age(seconds * 1_000));
        assert_eq!(ages, ["0s", "59s", "1m00s", "59m59s", "1h00m", "23h59m", "1d00h", "1d01h"]);
    }
}
