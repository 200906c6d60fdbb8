//! What a player hears, and whether it may hear it.

use proto::{
    client::{ChatHeard, LoggedIn, LoginRefused, Paid, ResumeRefused, Resumed, Status},
    ids::Lsn,
    kinds::{self, Lane},
    packet::{Packet, Packets},
    wire::AnswerRef,
};

use super::{Asked, Players, Stage, deeds::Value, learning::read, session::Held};
use crate::sim::{
    around::Around,
    gates::{Coming, Gates},
    truth::{Wrong, wrong},
};

impl Players {
    /// Looks at the oldest thing that came; false: there was nothing.
    pub(super) fn hear(&mut self, at: usize, gates: &mut Gates, around: &mut Around) -> Result<bool, Wrong> {
        let Some(place) = self.all[at].place else { return Ok(false) };
        let Some(coming) = gates.hear(place) else { return Ok(false) };
        for packet in Packets::new(&coming.packets) {
            let Ok(packet) = packet else {
                return wrong("I7", "a packet that does not decode".to_owned());
            };
            self.packet_came(at, &coming, packet, gates, around)?;
        }
        if let Some(reason) = coming.close {
            self.closed(at, reason, gates, around)?;
        }
        Ok(true)
    }

    fn packet_came(
        &mut self,
        at: usize,
        coming: &Coming,
        packet: Packet<'_>,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        if let Some(held) = player.held.as_mut().filter(|_| matches!(player.stage, Stage::In)) {
            held.received += u64::from(coming.lane == Lane::MustArrive);
            held.left_ms = coming.ms;
        }
        match packet.kind {
            kinds::ANSWER => self.answer(at, packet, around),
            kinds::WELCOME => {
                self.knock(at, gates, around);
                Ok(())
            }
            kinds::LOGGED_IN | kinds::RESET => {
                let told = read!(LoggedIn, packet.body);
                self.logged_in(at, &told, coming.ms, around)?;
                let player = &mut self.all[at];
                player.stage = Stage::In;
                if packet.kind == kinds::RESET {
                    player.packet(kinds::RESET_TAKEN, 0, &[], gates, around.clock.ms());
                }
                self.ask_again(at, gates, around);
                Ok(())
            }
            kinds::RESUMED => {
                let told = read!(Resumed, packet.body);
                self.resumed(at, &told, gates, around)
            }
            kinds::RESUME_REFUSED => {
                let told = read!(ResumeRefused, packet.body);
                self.resume_refused(at, &told, coming.ms, gates, around)
            }
            kinds::LOGIN_REFUSED => {
                let told = read!(LoginRefused, packet.body);
                self.login_refused(at, &told, gates, around);
                Ok(())
            }
            kinds::PAID => {
                let paid = read!(Paid, packet.body);
                let Some(held) = &mut player.held else {
                    return wrong("I7", format!("{} is paid without a session", player.name));
                };
                self.saying.paid(&player.name, player.account, Lsn(paid.lsn), held, &around.truth)?;
                around.truth.shown(Lsn(paid.lsn), &player.name)
            }
            kinds::CHAT_HEARD => {
                let heard = read!(ChatHeard, packet.body);
                let Some(held) = &mut player.held else {
                    return wrong("I7", format!("{} hears without a session", player.name));
                };
                self.saying.heard(&player.name, held, heard.from, &heard.text)
            }
            kind => {
                if let Some(lsn) = player.known.hear(kind, packet.body)? {
                    around.truth.shown(lsn, &player.name)?;
                }
                Ok(())
            }
        }
    }

    fn answer(&mut self, at: usize, packet: Packet<'_>, around: &mut Around) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        let (name, account, cseq) = (player.name.clone(), player.account, packet.re);
        let Ok(answer) = AnswerRef::decode(packet.body) else {
            return wrong("I7", "an answer that does not decode".to_owned());
        };
        let Some(Asked { deed, after }) = player.asked.remove(&cseq) else {
            return wrong(
                "I6",
                format!("{name} was answered {cseq}, which it did not ask or was answered before"),
            );
        };
        if let Some(held) = &mut player.held {
            held.answered(cseq);
            if answer.status == Status::Ok as u64 {
                self.saying.answered(account, &deed, held)?;
            }
        }
        let record = around.truth.of(account, cseq);
        if answer.status != Status::Ok as u64 {
            return match record {
                Some(lsn) => wrong("I6", format!("{name} was told no of {cseq}, which is record {lsn}")),
                None => Ok(()),
            };
        }
        let told = player.known.learn(deed.kind, answer.result)?;
        let lsn = match record.filter(|lsn| around.truth.is_value(*lsn)) {
            Some(lsn) => lsn,
            None if deed.is_value == Value::Always => {
                return wrong("I1", format!("{name} was told OK of {cseq}, of which there is no record"));
            }
            None => return Ok(()),
        };
        around.truth.shown(lsn, &name)?;
        if lsn <= after {
            return wrong("I14", format!("{name} asked {cseq} after {after} was answered, and it is {lsn}"));
        }
        if told.is_some_and(|told| told != lsn) {
            return wrong("I14", format!("{name} was told that {cseq} is {told:?}, it is {lsn}"));
        }
        self.deals += 1;
        self.answered = self.answered.max(lsn);
        player.done.insert(cseq, lsn);
        Ok(())
    }

    /// What happened of what it had asked for (S8): the login is durable, so is all that it tells.
    fn logged_in(&mut self, at: usize, told: &LoggedIn, ms: u64, around: &mut Around) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        let name = player.name.clone();
        let LoggedIn { session_gen, cseq_last, .. } = told;
        around.tell("player", format_args!("{name} is in: gen {session_gen}, last {cseq_last}"));
        player.held = Some(Held::new(told, self.saying.now, ms, &mut around.dice));
        player.known.in_world = false;
        player.known.trade = 0;
        if !told.secret.is_empty() {
            player.secret = told.secret.to_vec();
        }
        if player.account != told.account {
            // The first it hears of a new account may also be a reset, if `logged_in` went with its game.
            player.account = told.account;
            player.done.clear();
        }
        let account = player.account;
        let bit = |cseq: u64| {
            let age = told.cseq_last.checked_sub(cseq);
            age.is_some_and(|age| age < 64 && told.cseq_ok >> age & 1 == 1)
        };
        let first = told.cseq_last.saturating_sub(63);
        for (cseq, lsn) in player.done.range(first..) {
            if !bit(*cseq) || around.truth.of(account, *cseq) != Some(*lsn) {
                return wrong(
                    "I1",
                    format!("{name} was told OK of {cseq} (record {lsn}), now it did not happen"),
                );
            }
        }
        for (cseq, asked) in std::mem::take(&mut player.asked) {
            let deed = &asked.deed;
            let record = around.truth.of(account, cseq);
            match (bit(cseq), record) {
                (true, None) if deed.is_value == Value::Always => {
                    return wrong("I6", format!("{name} hears that {cseq} happened, there is no record"));
                }
                (false, Some(lsn)) => {
                    return wrong(
                        "I6",
                        format!("{name} hears that {cseq} did not happen, it is record {lsn}"),
                    );
                }
                (true, Some(lsn)) if around.truth.is_value(lsn) => {
                    around.truth.shown(lsn, &name)?;
                    player.done.insert(cseq, lsn);
                }
                (false, None) if deed.is_value == Value::Always => self.undone.push((at, asked)),
                _ => {}
            }
        }
        player.cseq = told.cseq_last;
        Ok(())
    }

    /// What did not happen may be asked for anew.
    fn ask_again(&mut self, at: usize, gates: &mut Gates, around: &mut Around) {
        for (whose, Asked { deed, .. }) in std::mem::take(&mut self.undone) {
            if whose == at && around.dice.coin() {
                self.ask(at, deed, gates, around.clock.ms());
            }
        }
    }
}
