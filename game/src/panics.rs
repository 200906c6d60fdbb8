//! What a panic of a room said, and from where: kept for whoever caught it. Other panics are told as ever.

use std::{backtrace::Backtrace, cell::RefCell, panic, sync::Once};

thread_local! {
    /// Of this thread: how many rooms' calls it is inside of, and what the last panic in one said.
    static ROOM: RefCell<(u32, Option<String>)> = const { RefCell::new((0, None)) };
}

/// A room's code runs from here on, on this thread.
pub(crate) fn begin() {
    install();
    ROOM.with_borrow_mut(|(depth, said)| {
        *depth += 1;
        *said = None;
    });
}

/// It has returned, or a panic of it was caught: what that said, with a backtrace, at most 16 KiB.
pub(crate) fn end() -> Option<String> {
    ROOM.with_borrow_mut(|(depth, said)| {
        *depth -= 1;
        said.take()
    })
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_room = ROOM.with_borrow_mut(|(depth, said)| {
                if *depth == 0 {
                    return false;
                }
                let mut text = format!("{info}\n{}", Backtrace::force_capture());
                let end = (0..=DETAIL_BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
                text.truncate(end.unwrap_or(0));
                *said = Some(text);
                true
            });
            if !is_room {
                before(info);
            }
        }));
    });
}

const DETAIL_BYTES_MAX: usize = 16 * 1024;
