//! Notes from the end of one process to the room's end in the next.

use std::fs;

use proto::ids::RoomId;
use serde_json::{Value, json};

use super::{super::slot, DONE_MAX, Notes, REPLAYS_MAX};
use crate::logic::rooms::watch::Lasts;

fn call(room: u64) -> slot::Call {
    let body = vec![0x0a, 0xff];
    let input = slot::Input { what: "message", account: 42, number: 1_040, body_bytes: 2, body };
    slot::Call {
        room: RoomId(room),
        kind: "chess",
        number: 3,
        lasts: if room == 1 { Lasts::No } else { Lasts::Room },
        input,
    }
}

fn rooms(notes: &Notes) -> Vec<u64> {
    notes.pending().expect("read").iter().map(|noted| noted.room.0).collect()
}

#[test]
fn a_note_tells_room_and_input_and_is_found_until_it_is_put_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = Notes::open(folder.path().join("quarantine")).expect("made");
    assert_eq!(rooms(&notes), [0; 0]);
    let mut writer = notes.writer();
    writer.write(&call(4_294_967_297), "stuck", 1_700_000_000_123).expect("written");
    let mut note: Value = serde_json::from_slice(&fs::read(writer.path()).expect("a file")).expect("JSON");
    assert!(note["build"].take().is_string());
    let input = json!({ "what": "message", "account": 42, "number": 1040, "body_bytes": 2, "body": "0aff" });
    let whole = json!({
        "room": 4_294_967_297_u64, "kind": "chess", "number": 3, "durable": true, "replay": false, "why": "stuck", "input": input,
        "wall_ms": 1_700_000_000_123_u64, "build": null,
    });
    assert_eq!(note, whole);
    writer.write(&call(1), "stack", 0).expect("written");

    let notes = Notes::open(folder.path().join("quarantine")).expect("opened again");
    let pending = notes.pending().expect("read");
    assert_eq!(pending.iter().map(|noted| noted.lasts).collect::<Vec<_>>(), [Lasts::No, Lasts::Room]);
    assert_eq!((pending[0].kind.as_str(), pending[0].why.as_str()), ("chess", "stack"));
    notes.put_away(RoomId(4_294_967_297)).expect("renamed");
    assert_eq!(rooms(&notes), [1]);
    assert!(notes.put_away(RoomId(4_294_967_297)).is_err(), "it is not there any more");
}

#[test]
fn the_name_of_a_damaged_note_is_enough_and_other_files_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = Notes::open(folder.path().to_owned()).expect("there");
    for (name, text) in
        [("9.json", "{\"room\":"), ("note.part", ""), ("x.json", "{}"), ("8.txt", ""), ("7.done", "")]
    {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let pending = notes.pending().expect("read");
    assert_eq!(pending.len(), 1);
    assert_eq!((pending[0].room, pending[0].lasts, pending[0].kind.as_str()), (RoomId(9), Lasts::Room, ""));
}

#[test]
fn notes_that_were_put_away_do_not_pile_up() {
    let folder = tempfile::tempdir().expect("a folder");
    for room in 0..DONE_MAX + 3 {
        fs::write(folder.path().join(format!("{room}.done")), "").expect("written");
    }
    Notes::open(folder.path().to_owned()).expect("there");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), DONE_MAX);
    assert!(!folder.path().join("2.done").exists() && folder.path().join("3.done").exists());
}

#[test]
fn the_note_of_a_match_that_was_played_again_stays_for_the_processes_to_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let notes = Notes::open(folder.path().to_owned()).expect("there");
    let call = slot::Call { lasts: Lasts::Replay, ..call(7) };
    notes.writer().write(&call, "stuck", 0).expect("written");
    assert_eq!(notes.pending().expect("read")[0].lasts, Lasts::Replay);
    assert_eq!(notes.replays().expect("read"), []);
    notes.keep_replay(RoomId(7)).expect("renamed");
    for _ in 0..2 {
        let notes = Notes::open(folder.path().to_owned()).expect("opened again");
        assert_eq!((rooms(&notes), notes.replays().expect("read")), (vec![], vec![RoomId(7)]));
    }
    for room in 10..10 + REPLAYS_MAX {
        fs::write(folder.path().join(format!("{room}.replay")), "").expect("written");
    }
    let kept = Notes::open(folder.path().to_owned()).expect("there").replays().expect("read");
    assert_eq!((kept.len(), kept[0]), (REPLAYS_MAX, RoomId(10)), "the oldest goes");
}
