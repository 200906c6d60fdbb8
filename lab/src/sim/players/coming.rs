//! How a player comes back: by resuming, with a ticket or its secret; and now and then with what nobody may come in.

use bytes::Bytes;
use proto::{
    client::{Hello, LoginRefused, LoginSecret, LoginTicket, Resume, ResumeRefused, Resumed},
    close::CloseReason,
    kinds, wire,
};

use super::{Players, Stage};
use crate::sim::{
    around::Around,
    game::Game,
    gates::Gates,
    truth::{Wrong, wrong},
};

/// With what it asks to come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Login,
    Resume,
    /// With this token, which is not that of the session.
    Guess {
        session: Bytes,
        token: Bytes,
    },
}

impl Players {
    pub(super) fn connect(
        &mut self,
        at: usize,
        gates: &mut Gates,
        game: &mut Game,
        around: &mut Around,
    ) -> bool {
        let Some(place) = gates.open(at, game, around) else { return false };
        let player = &mut self.all[at];
        around.tell("player", format_args!("{} connects as {place:?}", player.name));
        player.place = Some(place);
        player.stage = Stage::Greeting;
        let hello = Hello { protocol: 1, client: "sim".to_owned() };
        player.packet(kinds::HELLO, 0, &wire::encode(&hello), gates, 0);
        // What follows may be sent before the answer.
        if around.dice.coin() {
            self.knock(at, gates, around);
        }
        true
    }

    /// Asks to come in, if it has not.
    pub(super) fn knock(&mut self, at: usize, gates: &mut Gates, around: &mut Around) {
        if !matches!(self.all[at].stage, Stage::Greeting) {
            return;
        }
        let wish = self.wish(at, around);
        let player = &mut self.all[at];
        let held = player.held.as_mut();
        let (kind, body) = match (&wish, held) {
            (Wish::Guess { session, token }, held) => {
                let received = held.filter(|held| held.id == *session).map_or(0, |held| held.received);
                let resume = Resume { session: session.clone(), token: token.clone(), received };
                (kinds::RESUME, wire::encode(&resume))
            }
            (Wish::Resume, Some(held)) => {
                let (session, token) = (held.id.clone(), held.token.clone());
                (kinds::RESUME, wire::encode(&Resume { session, token, received: held.received }))
            }
            (_, held) => {
                let ticket = held.map(|held| {
                    held.has_asked_anew = true;
                    held.ticket.clone()
                });
                match ticket.filter(|ticket| !ticket.is_empty() && around.dice.coin()) {
                    Some(ticket) => (kinds::LOGIN_TICKET, wire::encode(&LoginTicket { ticket })),
                    None if player.secret.is_empty() => (kinds::LOGIN_GUEST, Vec::new()),
                    None => {
                        let (account, secret) = (player.account, player.secret.clone().into());
                        (kinds::LOGIN_SECRET, wire::encode(&LoginSecret { account, secret }))
                    }
                }
            }
        };
        self.guests += u64::from(kind == kinds::LOGIN_GUEST);
        player.packet(kind, 0, &body, gates, 0);
        player.stage = Stage::Asking(wish);
    }

    fn wish(&mut self, at: usize, around: &mut Around) -> Wish {
        let drawn = around.dice.below(24);
        if drawn == 0 {
            let whom = around.dice.index(self.all.len());
            let token = Bytes::from(vec![7; 32]);
            let held = self.all[whom].held.as_mut().filter(|held| held.wrong < WRONG_MAX);
            if let Some(held) = held {
                held.wrong += 1;
                return Wish::Guess { session: held.id.clone(), token };
            }
        }
        let Some(held) = &mut self.all[at].held else { return Wish::Login };
        let token = around.dice.pick(&(0..held.dead.len()).collect::<Vec<_>>());
        match token {
            Some(token) if drawn < 5 && held.wrong < WRONG_MAX => {
                held.wrong += 1;
                Wish::Guess { session: held.id.clone(), token: held.dead[token].clone() }
            }
            _ if drawn < 6 || held.has_asked_anew && drawn < 16 => Wish::Login,
            _ => Wish::Resume,
        }
    }

    /// Its session goes on.
    pub(super) fn resumed(
        &mut self,
        at: usize,
        told: &Resumed,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let now_ms = around.clock.ms();
        self.resumes += 1;
        let player = &mut self.all[at];
        let name = player.name.clone();
        let Resumed { token, cseq_last, missed, .. } = told;
        around.tell("player", format_args!("{name} goes on: last {cseq_last}, missed {missed}"));
        if !matches!(player.stage, Stage::Asking(Wish::Resume)) {
            return wrong("S3", format!("{name} came in as {:?} by a resume", player.stage));
        }
        let Some(held) = &mut player.held else { return wrong("S8", format!("{name} has no session")) };
        held.resumed(token.clone(), *cseq_last);
        player.stage = Stage::In;
        if player.cseq < *cseq_last {
            return wrong("S8", format!("{name} sent {} commands, {cseq_last} arrived", player.cseq));
        }
        for cseq in cseq_last + 1..=player.cseq {
            let Some(asked) = player.asked.get(&cseq).cloned() else {
                return wrong("S8", format!("{name} was answered {cseq}, now it never arrived"));
            };
            player.packet(asked.deed.kind, cseq, &asked.deed.body, gates, now_ms);
        }
        Ok(())
    }

    /// Its session does not go on: there must be a reason.
    pub(super) fn resume_refused(
        &mut self,
        at: usize,
        told: &ResumeRefused,
        ms: u64,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        let name = player.name.clone();
        around.tell("player", format_args!("{name} does not go on: {}", told.name));
        let stage = std::mem::replace(&mut player.stage, Stage::Greeting);
        if matches!(stage, Stage::Asking(Wish::Guess { .. })) && told.name == "gap" {
            return wrong("S4", format!("{name} has no token, and is told what is kept"));
        }
        if let (Stage::Asking(Wish::Resume), Some(held)) = (stage, &mut player.held) {
            let is_explained = match told.name.as_str() {
                "restarted" => u64::from(held.epoch()) != around.truth.granted.0,
                "expired" => held.may_be_over(ms),
                "superseded" => held.has_asked_anew || 0 < player.strays || gates.reseated.contains(&at),
                "bad" => 0 < player.strays,
                "gap" => {
                    let (packets, bytes) = gates.left_after(&held.id, held.received);
                    RING_PACKETS_SURE < packets || RING_BYTES_SURE < bytes
                }
                _ => false,
            };
            if !is_explained {
                return wrong("S8", format!("{name} may not go on: {}, without a reason", told.name));
            }
            held.has_asked_anew = true;
        }
        self.knock(at, gates, around);
        Ok(())
    }

    /// Not now: it tries again here or by another connection.
    pub(super) fn login_refused(
        &mut self,
        at: usize,
        told: &LoginRefused,
        gates: &mut Gates,
        around: &mut Around,
    ) {
        let player = &mut self.all[at];
        around.tell("player", format_args!("{} is not let in: {}", player.name, told.name));
        if let Some(held) = player.held.as_mut().filter(|_| told.name == "bad_credentials") {
            held.ticket.clear();
        }
        player.stage = Stage::Greeting;
        if told.name == "restarted" && around.dice.coin() {
            self.knock(at, gates, around);
        } else {
            player.gives_up = true;
        }
    }

    /// Its connection was ended: there must be a reason.
    pub(super) fn closed(
        &mut self,
        at: usize,
        reason: CloseReason,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        let name = player.name.clone();
        around.tell("player", format_args!("{name} is closed: {}", reason.name()));
        let is_explained = match reason {
            CloseReason::Superseded => 0 < player.strays,
            CloseReason::GameAway | CloseReason::LinkLost | CloseReason::TooManyLogins => true,
            _ => false,
        };
        if let Some(place) = player.place {
            gates.leave(place, false, around);
        }
        player.lose();
        player.idle_until_ms = around.clock.ms() + around.dice.below(100);
        if !is_explained {
            return wrong("S9", format!("{name} was thrown out: {}", reason.name()));
        }
        Ok(())
    }
}

/// One less than a session bears.
const WRONG_MAX: u32 = 4;
/// A ring may be full from here on, with what nobody has seen leave.
const RING_PACKETS_SURE: usize = 300;
const RING_BYTES_SURE: usize = 64 << 10;
