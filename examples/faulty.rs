//! A server with rooms that do everything wrong that a room can do, when one of their players says so. Tests start it;
//! nobody should play on it.

use std::{hint::black_box, process::ExitCode, sync::mpsc::sync_channel, time::Duration};

use game::{
    Registry,
    room::{
        Answer, Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Tick, TimerId,
        command, told,
    },
};
use proto::{
    ids::AccountId,
    kinds::{KindDef, Lane},
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    let mut registry = Registry::bundled();
    registry.register::<Faulty>().expect("its block is free");
    ding::main(registry)
}

/// Counts what its players tell it to, and keeps what they stake.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Faulty {
    count: u64,
    ballast: String,
}

/// Command: a word of [`Faulty::obey`].
const DO: u32 = 1_900;
/// From the server: the count, or what somebody answered, as text.
const COUNTED: u32 = 1_901;
/// From the server, a question to a member.
const ASKED: u32 = 1_902;

impl RoomKind for Faulty {
    const NAME: &'static str = "faulty";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 16;
    const KINDS: &'static [KindDef] = &[
        command(DO, "do", 64, 1),
        told(COUNTED, "counted", 32, Lane::MustArrive),
        told(ASKED, "asked", 32, Lane::MustArrive),
    ];
    const LIMITS: Limits = Limits { inputs: INPUTS_MAX, ..Limits::DEFAULT };

    fn open(_opening: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Faulty {
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        self.obey(ctx, message.from, message.body)
    }

    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        self.count += 1;
        ctx.broadcast(COUNTED, &[b"heard ", answer.body.unwrap_or(b"nothing")].concat());
    }

    /// Set off by a timer, a fault has no command that could be refused.
    fn timer(&mut self, _ctx: &mut RoomCtx<'_>, _timer: TimerId) {
        spin_for_ever();
    }
}

impl Faulty {
    fn obey(&mut self, ctx: &mut RoomCtx<'_>, from: AccountId, word: &[u8]) -> Result<(), Refusal> {
        match word {
            b"count" => {
                self.count += 1;
                let count = self.count.to_string();
                ctx.broadcast(COUNTED, count.as_bytes());
                ctx.answer(count.as_bytes());
            }
            b"ask" => {
                let others = ctx.members().map(|member| member.account).filter(|other| *other != from);
                for other in others.collect::<Vec<_>>() {
                    ctx.ask(other, ASKED, b"which?", Duration::from_secs(60));
                }
            }
            b"stake" => ctx.stake(from, STAKE)?,
            b"refuse" => return Err(Refusal("not_now")),
            b"loop" => spin_for_ever(),
            b"loop later" => ctx.set_timer(TimerId(1), Duration::from_millis(100)),
            b"wait" => wait(Duration::from_secs(3)),
            b"rest" => wait(Duration::from_secs(1)),
            b"recurse" => drop(black_box(deeper(&[1; 64]))),
            b"allocate" => {
                let mut all = Vec::new();
                while all.len() < ALLOCATED_MAX {
                    all.extend_from_slice(black_box(&[1; 64 * 1024]));
                }
            }
            b"allocate at once" => drop(black_box(Vec::<u8>::with_capacity(1 << 60))),
            b"panic twice" => {
                let _bomb = Bomb;
                panic!("the first");
            }
            b"burn" => burn(Duration::from_millis(400)),
            b"panic" => panic!("as it was told"),
            b"output" => (0..8).for_each(|_| ctx.broadcast(COUNTED, &[b'0'; 60 * 1024])),
            b"calls" => (0..5_000).for_each(|_| ctx.broadcast(COUNTED, b"0")),
            // It is looked at when it is saved, as at the end.
            b"state" => {
                self.ballast = "x".repeat(Limits::DEFAULT.state_bytes + 1);
                ctx.finish(Outcome::default());
            }
            _ => return Err(Refusal("unknown_word")),
        }
        Ok(())
    }
}

fn spin_for_ever() {
    let mut turns: u64 = 0;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Without the processor. Says when it begins, which a room of a game should not.
fn wait(time: Duration) {
    eprintln!("the room waits");
    // Nobody sends.
    let (_sender, receiver) = sync_channel::<()>(0);
    let _ = receiver.recv_timeout(time);
}

#[expect(unconditional_recursion, reason = "what it is for")]
fn deeper(before: &[u8; 64]) -> u64 {
    let mut next = *before;
    next[0] = next[0].wrapping_add(1);
    deeper(black_box(&next)) + u64::from(next[0])
}

/// Uses the processor for so long, however busy the machine is.
fn burn(time: Duration) {
    let used = || {
        let used = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).unwrap_or(0))
    };
    let until = used() + time;
    while used() < until {
        black_box(());
    }
}

/// Panics when it goes, also while another panic is on its way.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the second");
    }
}

/// What each stake is.
const STAKE: i64 = 100;
const INPUTS_MAX: u64 = 64;
/// So that a machine without a watchdog survives.
const ALLOCATED_MAX: usize = 4 << 30;
