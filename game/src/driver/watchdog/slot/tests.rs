//! What a watchdog sees of calls that begin and end on another thread.

use std::{sync::Arc, thread, time::Duration};

use proto::{
    ids::{AccountId, RoomId},
    room::{Message, input::What},
};

use super::{BODY_BYTES_MAX, Calling, Entrance, Lasts, RoomWatch as _, Slot, Subject};
use crate::driver::watchdog::Why;

fn subject() -> Subject {
    Subject { room: RoomId(7), kind: "chess", number: 3, lasts: Lasts::Room, limit: Duration::from_secs(1) }
}

#[test]
fn a_call_is_seen_with_its_room_and_input_until_it_ends() {
    let slot = Arc::new(Slot::default());
    let watcher = Entrance(Arc::clone(&slot)).enter();
    assert_eq!(slot.under_way(), None);
    let message = Message { account: 42, kind: 1_040, body: vec![7; 5].into() };
    watcher.begin(&subject(), &Calling::Hear(&What::Message(message)));
    let first = slot.under_way().expect("it is under way");
    let call = slot.call();
    assert_eq!((call.room, call.kind, call.number, call.lasts), (RoomId(7), "chess", 3, Lasts::Room));
    let input = &call.input;
    assert_eq!((input.what, input.account, input.number, input.body_bytes), ("message", 42, 1_040, 5));
    assert_eq!(input.body, [7; 5]);
    drop(call);
    watcher.end();
    assert_eq!(slot.under_way(), None);
    watcher.begin(&subject(), &Calling::View(AccountId(9)));
    assert_ne!(slot.under_way(), Some(first), "another call");
    let call = slot.call();
    assert_eq!((call.input.what, call.input.account, call.input.body_bytes), ("view", 9, 0));
    assert!(call.input.body.is_empty());
}

#[test]
fn a_long_body_is_kept_in_part_and_its_length_in_whole() {
    let slot = Arc::new(Slot::default());
    let watcher = Entrance(Arc::clone(&slot)).enter();
    watcher.begin(&subject(), &Calling::Load(&vec![1; BODY_BYTES_MAX + 1]));
    let call = slot.call();
    assert_eq!((call.input.body.len(), call.input.body_bytes), (BODY_BYTES_MAX, BODY_BYTES_MAX + 1));
}

#[test]
fn the_time_of_the_processor_is_what_a_call_is_judged_by() {
    let watcher = Entrance(Arc::default()).enter();
    watcher.begin(&subject(), &Calling::Save);
    let began = crate::driver::clock::processor();
    while crate::driver::clock::processor() < began + Duration::from_millis(5) {
        std::hint::spin_loop();
    }
    let took = watcher.end();
    assert!((Duration::from_millis(4)..Duration::from_secs(5)).contains(&took), "{took:?}");
}

#[test]
fn what_the_thread_did_before_a_call_does_not_count_and_neither_does_a_wait_within_it() {
    let watcher = Entrance(Arc::default()).enter();
    let clock = || crate::driver::clock::processor();
    let began = clock();
    while clock() < began + Duration::from_millis(20) {
        std::hint::spin_loop();
    }
    watcher.begin(&subject(), &Calling::Save);
    let (_sender, receiver) = std::sync::mpsc::sync_channel::<()>(0);
    let _ = receiver.recv_timeout(Duration::from_millis(20));
    let took = watcher.end();
    assert!(took < Duration::from_millis(15), "{took:?}");
}

#[test]
fn only_the_thread_that_calls_rooms_fails_in_a_call_and_only_during_one() {
    let slot = Arc::new(Slot::default());
    let watcher = Entrance(Arc::clone(&slot)).enter();
    assert!(!slot.fail(true) && slot.fault().is_none(), "no call is under way");
    watcher.begin(&subject(), &Calling::Label);
    let elsewhere = Arc::clone(&slot);
    let failed = thread::spawn(move || elsewhere.fail(true)).join().expect("no panic");
    assert!(!failed && slot.fault().is_none(), "another thread's");
    assert!(slot.fail(true));
    assert_eq!(slot.fault(), Some(Why::Stack));
    assert!(slot.fail(false));
    assert_eq!(slot.fault(), Some(Why::Aborted));
}
