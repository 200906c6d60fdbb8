//! A watch that says what a test wants it to say.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use proto::{ids::RoomId, room::input::What};

use super::{Calling, Lasts, ROOM_SLOW, RoomWatch, Subject, Watch};
use crate::{
    logic::rooms::run::{Broken, Stopped},
    room::Refusal,
};

/// Each call takes so long; what it was told is written down.
struct Scripted {
    took: Duration,
    told: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn say(&self, text: String) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

impl RoomWatch for Scripted {
    fn begin(&self, subject: &Subject, calling: &Calling<'_>) {
        self.say(format!("{}#{} {calling:?}", subject.kind, subject.number));
    }

    fn end(&self) -> Duration {
        self.say("end".to_owned());
        self.took
    }
}

fn watch(took_ms: u64) -> (Watch, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let scripted = Scripted { took: Duration::from_millis(took_ms), told: Arc::clone(&told) };
    (Watch::by(Box::new(scripted)), told)
}

fn subject() -> Subject {
    let limit = Duration::from_millis(250);
    Subject { room: RoomId(7), kind: "chess", number: 3, lasts: Lasts::Room, limit }
}

fn name<T>(heard: &Result<T, Stopped>) -> Option<&'static str> {
    match heard {
        Err(Stopped::Closed(Broken { name, .. })) => Some(name),
        Err(Stopped::Refused(Refusal(_))) | Ok(_) => None,
    }
}

#[test]
fn a_call_within_its_time_is_what_it_said() {
    let (watch, told) = watch(250);
    let hear = Calling::Hear(&What::Tick(true));
    assert_eq!(watch.hear(&subject(), &hear, || Ok(5)), Ok(5));
    let refused = Stopped::Refused(Refusal("not_your_turn"));
    assert_eq!(watch.hear(&subject(), &hear, || Err::<(), _>(refused.clone())), Err(refused));
    assert_eq!(watch.look(&subject(), &Calling::Label, || Ok("a label")), Ok("a label"));
    let told = told.lock().expect("whole").join("; ");
    assert_eq!(told, "chess#3 Hear(Tick(true)); end; chess#3 Hear(Tick(true)); end; chess#3 Label; end");
}

#[test]
fn a_call_over_its_time_closes_its_room_whether_it_agreed_or_refused() {
    let (watch, _) = watch(251);
    let hear = Calling::Hear(&What::Tick(true));
    assert_eq!(name(&watch.hear(&subject(), &hear, || Ok(()))), Some(ROOM_SLOW));
    let refusal = Refusal("not_your_turn");
    assert_eq!(
        name(&watch.hear(&subject(), &hear, || Err::<(), _>(Stopped::Refused(refusal)))),
        Some(ROOM_SLOW)
    );
    let slow = watch.look(&subject(), &Calling::Save, || Ok(())).expect_err("it took too long");
    assert_eq!(slow.detail, "251ms of the processor in one call, 250ms are allowed");
}

#[test]
fn a_room_that_broke_while_it_was_slow_is_closed_for_what_broke_it() {
    let (watch, _) = watch(10_000);
    let broken = || Broken { name: "room_failed", detail: String::new() };
    let heard = watch.hear(&subject(), &Calling::Open(&[]), || Err::<(), _>(Stopped::Closed(broken())));
    assert_eq!(name(&heard), Some("room_failed"));
    assert_eq!(watch.look(&subject(), &Calling::Snapshot, || Err::<(), _>(broken())), Err(broken()));
}

#[test]
fn what_is_done_again_may_take_its_time() {
    let (watch, told) = watch(10_000);
    assert_eq!(watch.again(&subject(), &Calling::Load(&[]), || 5), 5);
    assert_eq!(told.lock().expect("whole").len(), 2, "and is watched all the same");
}

#[test]
fn a_call_runs_between_the_beginning_and_the_end_that_are_told() {
    let (watch, told) = watch(0);
    let heard = watch.hear(&subject(), &Calling::Drop, || Ok(told.lock().expect("whole").clone()));
    assert_eq!(heard, Ok(vec!["chess#3 Drop".to_owned()]));
}

#[test]
fn without_a_watch_nothing_is_too_slow() {
    assert_eq!(Watch::default().hear(&subject(), &Calling::Snapshot, || Ok(1)), Ok(1));
}
