//! Notes from the end of one process to the room's end in the next.

use std::fs;

use proto::ids::RoomId;
use serde_json::{Value, json};

use super::{super::slot, DONE_MAX, Notes};

fn call(room: u64) -> slot::Call {
    let body = vec![0x0a, 0xff];
    let input = slot::Input { what: "message", account: 42, number: 1_040, body_bytes: 2, body };
    slot::Call { room: RoomId(room), kind: "chess", number: 3, is_durable: room != 1, input }
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
        "room": 4_294_967_297_u64, "kind": "chess", "number": 3, "durable": true, "why": "stuck", "input": input,
        "wall_ms": 1_700_000_000_123_u64, "build": null,
    });
    assert_eq!(note, whole);
    writer.write(&call(1), "stack", 0).expect("written");

    let notes = Notes::open(folder.path().join("quarantine")).expect("opened again");
    let pending = notes.pending().expect("read");
    assert_eq!(pending.iter().map(|noted| noted.is_durable).collect::<Vec<_>>(), [false, true]);
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
    assert_eq!((pending[0].room, pending[0].is_durable, pending[0].kind.as_str()), (RoomId(9), true, ""));
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
