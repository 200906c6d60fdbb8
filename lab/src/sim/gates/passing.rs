//! What a gateway passes on, in both directions, and what it takes note of on the way.

use bytes::Bytes;
use proto::{
    client::{LoggedIn, Resume, Resumed},
    close::CloseReason,
    ids::LinkId,
    kinds::{self, Lane},
    link_io::{GREETED_LOGS_IN, GREETED_RESUMES, Op, Seat},
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};

use super::{ADDRESS, Coming, Gates, Place, Stage};
use crate::sim::{
    around::Around,
    game::{Game, Leaving},
    lie::Lie,
    truth::{Wrong, wrong},
};

impl Gates {
    /// Its game is there: it names whom it kept, in any order.
    pub(super) fn connect(&mut self, at: usize, game: &mut Game, around: &mut Around) {
        self.links += 1;
        let link = LinkId(self.links);
        let gate = &mut self.all[at];
        gate.link = Some(link);
        game.link_up(link);
        let mut names: Vec<u64> = gate.conns.keys().copied().collect();
        let first = around.dice.index(names.len());
        names.rotate_left(first);
        for name in names {
            let Some(conn) = gate.conns.get_mut(&name).filter(|conn| !conn.is_over) else { continue };
            match conn.stage {
                Stage::New | Stage::Greeting => {
                    conn.is_parked = false;
                    game.send(link, Op::Opened, name, 0, &ADDRESS);
                }
                Stage::Greeted => {
                    conn.is_parked = false;
                    game.send(link, Op::Greeted, name, conn.waits, &ADDRESS);
                }
                Stage::Admitted(account, seat) => {
                    let mut payload = self.twists.seat(around.lie, seat).to_bytes().to_vec();
                    payload.extend_from_slice(&ADDRESS);
                    self.reseated.insert(conn.player);
                    around.tell("gateway", format_args!("{at} names {name}: {account} {seat:?}"));
                    game.send(link, Op::Seated, name, account, &payload);
                }
            }
        }
    }

    /// What a client sent goes to game, and so does that it has left.
    pub(super) fn pass_up(&mut self, (at, name): Place, game: &mut Game, around: &mut Around) -> bool {
        let gate = &mut self.all[at];
        let (Some(link), Some(conn)) = (gate.link, gate.conns.get_mut(&name)) else { return false };
        let is_noticed = conn.left_ms.is_some_and(|at_ms| at_ms <= around.clock.ms());
        if conn.is_parked || conn.is_over {
            if is_noticed {
                let is_known = !conn.is_over && matches!(conn.stage, Stage::Admitted(..));
                gate.conns.remove(&name);
                if is_known {
                    game.send(link, Op::Closed, name, CloseReason::Gone as u64, &[]);
                }
            }
            return is_noticed;
        }
        let some = around.dice.share(conn.up.len());
        for _ in 0..some {
            self.pass_frame((at, name), link, game, around);
        }
        let gate = &mut self.all[at];
        let Some(conn) = gate.conns.get_mut(&name) else { return true };
        if is_noticed && conn.up.is_empty() {
            gate.conns.remove(&name);
            game.send(link, Op::Closed, name, CloseReason::Gone as u64, &[]);
            return true;
        }
        some != 0
    }

    fn pass_frame(&mut self, (at, name): Place, link: LinkId, game: &mut Game, around: &mut Around) {
        let Some(conn) = self.all[at].conns.get_mut(&name) else { return };
        let Some(frame) = conn.up.pop_front() else { return };
        let mut passed = Vec::new();
        let mut resumes = None;
        for packet in Packets::new(&frame).flatten() {
            if conn.discards {
                if packet.kind == kinds::RESET_TAKEN {
                    conn.resets = conn.resets.saturating_sub(1);
                    conn.discards = conn.is_reset_due || conn.resets != 0;
                }
                continue;
            }
            match packet.kind {
                kinds::HELLO => conn.stage = Stage::Greeting,
                kinds::LOGIN_GUEST | kinds::LOGIN_SECRET | kinds::LOGIN_TICKET => {
                    conn.waits = GREETED_LOGS_IN;
                }
                kinds::RESUME => {
                    conn.waits = GREETED_RESUMES;
                    if let Ok(resume) = wire::decode::<Resume>(packet.body, Budget::LINK) {
                        let Resume { session, token, received } = resume;
                        let token = self.twists.token(around.lie, &session, token);
                        conn.resume = Some((session.clone(), token.clone(), received));
                        resumes = Some(session.clone());
                        let resume = Resume { session, token, received };
                        wire::put(&mut passed, Packet { body: &[], ..packet }, &resume);
                        continue;
                    }
                }
                _ => {}
            }
            packet.put(&mut passed);
        }
        if around.lie == Some(Lie::ResumeTouchesFirst)
            && let Some(session) = resumes
        {
            self.touch(&session, game);
        }
        if !passed.is_empty() {
            game.send(link, Op::Packets, name, 0, &passed);
        }
    }

    /// What a game would do that lets go of the session's connection before it has looked at the token.
    fn touch(&self, session: &[u8], game: &mut Game) {
        for gate in &self.all {
            let has = gate.conns.iter().find(|(_, conn)| {
                conn.stream.as_ref().is_some_and(|(of, _)| of == session) && !conn.is_over && !conn.is_parked
            });
            if let (Some(link), Some((name, _))) = (gate.link, has) {
                game.send(link, Op::Closed, *name, CloseReason::Gone as u64, &[]);
            }
        }
    }

    /// A record of game.
    pub(super) fn pass_down(&mut self, at: usize, leaving: Leaving) -> Result<(), Wrong> {
        let Leaving { op, lane, a, b, ms, payload, .. } = leaving;
        if op == Op::Publish {
            let hear: Vec<u64> = {
                let conns = self.all[at].conns.iter();
                conns.filter(|(_, conn)| conn.groups.contains(&b)).map(|(name, _)| *name).collect()
            };
            if lane == Lane::MustArrive {
                for name in hear {
                    self.pass_packets(
                        (at, name),
                        Coming { ms, lane, close: None, packets: payload.clone() },
                    )?;
                }
            }
            return Ok(());
        }
        let Some(conn) = self.all[at].conns.get_mut(&a).filter(|conn| !conn.is_over) else { return Ok(()) };
        match op {
            Op::Send => self.pass_packets((at, a), Coming { ms, lane, close: None, packets: payload }),
            Op::Close => {
                let reason = u16::try_from(b).ok().and_then(CloseReason::from_code);
                conn.is_over = true;
                conn.up.clear();
                conn.down.push_back(Coming { ms, lane, close: reason, packets: payload });
                if conn.left_ms.is_some() {
                    self.all[at].conns.remove(&a);
                }
                Ok(())
            }
            Op::Admit => {
                let Some((seat, _)) = Seat::take(&payload) else {
                    return wrong("I7", "an admission without a seat".to_owned());
                };
                conn.stage = Stage::Admitted(b, seat);
                if std::mem::take(&mut conn.is_parked) {
                    conn.discards = true;
                    conn.is_reset_due = true;
                }
                Ok(())
            }
            Op::Subscribe if !conn.groups.insert(b) => wrong("I7", "subscribed twice".to_owned()),
            Op::Unsubscribe if !conn.groups.remove(&b) => {
                wrong("I7", "unsubscribed, never subscribed".to_owned())
            }
            Op::Refreshed if !conn.groups.contains(&b) => wrong("I7", "a snapshot for a stranger".to_owned()),
            _ => Ok(()),
        }
    }

    fn pass_packets(&mut self, (at, name): Place, coming: Coming) -> Result<(), Wrong> {
        let Some(conn) = self.all[at].conns.get_mut(&name) else { return Ok(()) };
        for packet in Packets::new(&coming.packets) {
            let Ok(packet) = packet else {
                return wrong("I7", "a packet that does not decode".to_owned());
            };
            match packet.kind {
                kinds::WELCOME => conn.stage = Stage::Greeted,
                kinds::LOGIN_REFUSED | kinds::RESUME_REFUSED => conn.waits = 0,
                kinds::LOGGED_IN | kinds::RESET => {
                    conn.waits = 0;
                    if packet.kind == kinds::RESET {
                        conn.resets += 1;
                        conn.is_reset_due = false;
                    }
                    let told = wire::decode::<LoggedIn>(packet.body, Budget::LINK).unwrap_or_default();
                    self.twists.told(&told.session, told.token);
                    conn.stream = Some((told.session, 0));
                }
                kinds::RESUMED => {
                    conn.waits = 0;
                    let resumed = wire::decode::<Resumed>(packet.body, Budget::LINK).unwrap_or_default();
                    let Some((session, _, received)) = conn.resume.take() else {
                        return wrong("S8", "resumed, and nobody asked".to_owned());
                    };
                    self.twists.told(&session, resumed.token);
                    self.streams.resumed(&session, received, resumed.missed)?;
                    conn.stream = Some((session, received));
                }
                _ => {}
            }
            if coming.lane == Lane::MustArrive {
                let Some((session, at)) = &mut conn.stream else {
                    return wrong("I7", "something counted for nobody".to_owned());
                };
                let mut bytes = Vec::new();
                packet.put(&mut bytes);
                self.streams.came(session, *at, Bytes::from(bytes))?;
                *at += 1;
            }
        }
        if conn.left_ms.is_none() {
            conn.down.push_back(coming);
        }
        Ok(())
    }
}
