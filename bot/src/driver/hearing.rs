//! What a connection tells a player: counted as it comes, and handed on as the client library makes it out.

use std::time::Instant;

use client::{
    Error as ClientError, Event, News, Stream,
    logic::lasting::{Step, Told},
};

use crate::{
    driver::{clock, life::Life},
    logic::{
        census::Standing,
        player::Phase,
        stats::{Deed, Ending},
        world::World,
    },
};

impl Life {
    /// Takes this, and all that has come with it.
    pub(super) fn hear(&mut self, first: Event, stream: &mut Stream, phase: Phase) -> Step {
        let now = clock::now();
        let shared = self.shared.clone();
        let mut world = shared.world.borrow_mut();
        world.pass(now);
        let settled = world.census.count(Standing::Settled);
        let mut step = Step::Stay;
        let mut next = Some(first);
        while let Some(event) = next {
            self.count(&event, now, &mut world);
            step = self.lasting.on_event(event, stream.session(), now);
            self.hand_on(phase, now, &mut world);
            next = if step == Step::Stay { stream.take_event() } else { None };
        }
        if world.census.count(Standing::Settled) != settled {
            shared.changed.notify_one();
        }
        step
    }

    /// What is not told, but counts; and what comes before whatever is told of it.
    fn count(&mut self, event: &Event, now: Instant, world: &mut World) {
        match event {
            Event::LoginRefused { name, detail, retry_after_ms } if self.coming.is_some() => {
                let (name, detail, retry_after_ms) = (name.clone(), detail.clone(), *retry_after_ms);
                world.error(&ClientError::LoginRefused { name, detail, retry_after_ms });
            }
            Event::ResumeRefused { name } => {
                world.comebacks.refused(name);
                self.fall(world);
            }
            Event::LoggedIn(_) => self.fall(world),
            Event::Reset(_) => {
                self.player.pause(now, world);
                self.fall(world);
            }
            Event::Reconnect { .. } => world.comebacks.moves += 1,
            Event::LoginRefused { .. }
            | Event::Resumed(_)
            | Event::Paused
            | Event::Answered { .. }
            | Event::Push(_)
            | Event::Closed(_)
            | Event::Welcomed(_)
            | Event::LoginQueued { .. } => {}
        }
    }

    /// Its session does not go on, if it had one to play in: whatever the player knew of the server is over.
    fn fall(&mut self, world: &mut World) {
        if !matches!(self.coming, Some((Deed::Login, _))) {
            self.player.disconnected(world);
        }
    }

    /// What the events made of commands and sessions.
    pub(super) fn hand_on(&mut self, phase: Phase, now: Instant, world: &mut World) {
        while let Some(told) = self.lasting.take_told() {
            match told {
                Told::Answered { cseq, outcome, .. } => {
                    self.player.on_answer(cseq, outcome, phase, now, world);
                }
                Told::Fate { cseq, fate, .. } => self.player.settled(cseq, fate, now, world),
                Told::Unsendable { error, .. } => world.error(&error.into()),
                Told::LoggedIn(reply) | Told::News(News::LoggedInAgain(reply)) => {
                    self.came_in(now, world);
                    self.player.logged_in(&reply, now, world);
                }
                Told::News(News::Resumed { missed, .. }) => {
                    self.came_in(now, world);
                    self.player.resumed(missed, now, world);
                }
                Told::News(News::Reset(reply)) => {
                    self.came_in(now, world);
                    self.player.reset(&reply, now, world);
                }
                Told::News(News::Push(push)) => self.player.on_push(push, now, world),
                Told::News(News::Paused) => {
                    world.comebacks.pauses += 1;
                    self.player.pause(now, world);
                }
                Told::LoginRefused { .. }
                | Told::News(
                    News::Away { .. }
                    | News::LoginQueued { .. }
                    | News::RoomGone { .. }
                    | News::WentBack { .. },
                ) => {}
            }
        }
    }

    /// It is in, if it was not.
    fn came_in(&mut self, now: Instant, world: &mut World) {
        let Some((deed, due)) = self.coming.take() else { return };
        world.stats.ended(deed, Ending::Ok, now.saturating_duration_since(due));
        world.reconnects += u64::from(deed == Deed::Reconnect);
    }
}
