//! What a player hears, and whether it may hear it.

use proto::{
    client::{LoggedIn, Paid, Status},
    ids::Lsn,
    kinds::{self, Lane},
    packet::{Packet, Packets},
    prescan::Budget,
    wire::{self, AnswerRef},
};

use super::{Asked, Players, deeds::Value};
use crate::sim::{
    around::Around,
    game::Outgoing,
    truth::{Wrong, wrong},
};

impl Players {
    /// Looks at the oldest thing that came; false: there was nothing.
    pub(super) fn hear(&mut self, at: usize, around: &mut Around) -> Result<bool, Wrong> {
        let player = &mut self.all[at];
        if player.inbox.is_empty() {
            return Ok(false);
        }
        let outgoing = player.inbox.remove(0);
        for packet in Packets::new(&outgoing.packets) {
            let Ok(packet) = packet else {
                return wrong("I7", "a packet that does not decode".to_owned());
            };
            self.packet_came(at, &outgoing, packet, around)?;
        }
        if outgoing.is_close {
            let player = &mut self.all[at];
            let now_ms = around.clock.ms();
            if player.conn == Some(outgoing.conn) {
                player.lose();
            }
            player.idle_until_ms = now_ms + around.dice.below(100);
        }
        Ok(true)
    }

    fn packet_came(
        &mut self,
        at: usize,
        outgoing: &Outgoing,
        packet: Packet<'_>,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        if outgoing.lane == Lane::MustArrive {
            player.received += 1;
        }
        match packet.kind {
            kinds::ANSWER => self.answer(at, packet, around),
            kinds::LOGGED_IN => {
                let Ok(logged_in) = wire::decode::<LoggedIn>(packet.body, Budget::LINK) else {
                    return wrong("I7", "a login that does not decode".to_owned());
                };
                self.logged_in(at, &logged_in, around)?;
                // What came before the connection went is still known; the session is over.
                let player = &mut self.all[at];
                player.is_in = player.conn == Some(outgoing.conn);
                Ok(())
            }
            kinds::LOGIN_REFUSED => {
                // Not now: it comes again by another connection.
                player.gives_up = true;
                Ok(())
            }
            kinds::PAID => {
                let Ok(paid) = wire::decode::<Paid>(packet.body, Budget::LINK) else {
                    return wrong("I7", "a payment that does not decode".to_owned());
                };
                around.truth.shown(Lsn(paid.lsn), &player.name)
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
    fn logged_in(&mut self, at: usize, told: &LoggedIn, around: &mut Around) -> Result<(), Wrong> {
        let player = &mut self.all[at];
        let name = player.name.clone();
        if !told.secret.is_empty() {
            player.secret = told.secret.to_vec();
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
        for (cseq, Asked { deed, .. }) in std::mem::take(&mut player.asked) {
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
                _ => {}
            }
        }
        player.cseq = told.cseq_last;
        player.received = 0;
        Ok(())
    }
}
