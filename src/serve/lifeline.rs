//! The pipe from the parent: orders, a line each, and its end, which asks the process to stop.

use std::{io, sync::mpsc::SyncSender, thread};

use super::{front::Front, say};
use crate::{
    roles::Live,
    stop::Stopper,
    up::{
        lines::for_each_line,
        word::{Order, Word},
    },
};

/// Why somebody who stands by goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The place is free.
    Begin,
    /// It is asked to stop.
    Stop,
}

/// Carries out what the parent says, in a thread that ends with the pipe.
///
/// # Errors
/// No thread is left.
pub fn watch(stopper: Stopper, live: Live, front: Front, wake: SyncSender<Wake>) -> io::Result<()> {
    thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        for_each_line(io::stdin().lock(), |line| match Order::parse(line) {
            // Of these only the first is looked at.
            Some(Order::Begin) => drop(wake.try_send(Wake::Begin)),
            Some(Order::HandOver) => stopper.hand_over(),
            Some(Order::Release) => {
                front.release();
                say(&Word::Released);
            }
            Some(Order::Keep) => front.keep(),
            Some(Order::Leave) if live.leave() => (),
            Some(Order::Leave) => stopper.stop("leave"),
            // A later parent's, which this version does not know.
            None => (),
        });
        stopper.stop("parent");
        let _ = wake.try_send(Wake::Stop);
    })?;
    Ok(())
}
