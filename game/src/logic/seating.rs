//! Players whom an earlier game process had admitted, and whose gateway kept them: each gets its seat back, with all that
//! is durable of it, in one turn. Knows no gateway.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use proto::{
    close::CloseReason,
    ids::AccountId,
    kinds::{self, Lane},
    link_io::{GREETED_LOGS_IN, GREETED_RESUMES, Seat},
    tables::{AccountRow, RestrictionRow},
};

use super::{
    credentials::{GuestSecret, guest_secret, secret_matches},
    delivery::ConnKey,
    event::{ConnAt, Now},
    generation::Generation,
    logins::refusal,
    parking::Before,
    restrictions,
    running::{Order, session},
    sessions::{Conn, Stage},
    tx::{Barred, Halt},
    world::World,
};

impl World {
    /// A gateway has kept a client that an earlier game admitted.
    pub(super) fn on_seated(
        &mut self,
        at: ConnAt,
        account: AccountId,
        payload: &[u8],
        now: Now,
    ) -> Option<()> {
        let (seat, address) = Seat::take(payload)?;
        let address = address.try_into().ok()?;
        let key = self.delivery.open(at)?;
        let stage = Stage::Returning { account, seat, park: None };
        self.conns.insert(key, Conn::new(address, stage));
        self.reseat(key, None, now);
        Some(())
    }

    /// A gateway has kept a client that had not logged in. One whose login nobody will answer is told to try again.
    pub(super) fn on_greeted(&mut self, at: ConnAt, waits: u64, payload: &[u8], now: Now) -> Option<()> {
        let address = payload.try_into().ok()?;
        let key = self.delivery.open(at)?;
        self.conns.insert(key, Conn::new(address, Stage::ExpectLogin));
        if waits == GREETED_RESUMES {
            // Its session may well be here: it tries again on another connection.
            self.close(key, CloseReason::LinkLost, &[], now);
        } else if waits == GREETED_LOGS_IN {
            self.delivery.send_now(
                key,
                Lane::Control,
                false,
                &refusal(&Barred::for_now(RESTARTED, RESTARTED_WAIT, now)),
            );
        }
        Some(())
    }

    /// Gives a returning client its seat, if it is still its own; for the first time or again after a wait for rows.
    pub(super) fn reseat(&mut self, key: ConnKey, before: Option<Before>, now: Now) {
        let Some(Stage::Returning { account, seat, park }) =
            self.conns.get_mut(key).map(|conn| &mut conn.stage)
        else {
            return;
        };
        *park = None;
        let (account, seat) = (*account, *seat);
        let ran = self.in_tx(key, None, now, |tx| {
            tx.want::<RestrictionRow>(&[account.0]);
            let row = tx.row::<AccountRow>(&account.0)?;
            restrictions::may_play(tx, account.0)?;
            row.filter(|row| Generation(row.session_gen).is_of(seat.session_gen)).ok_or(Halt::Reject(OVER))
        });
        match ran {
            Ok(row) => self.take_seat(key, row, seat, now),
            Err(halt) => {
                let order = Order { kind: kinds::RESET, cseq: 0, body: &[] };
                match self.park(key, order, before.as_ref(), halt, now) {
                    Ok(waits) => self.set_stage(key, Stage::Returning { account, seat, park: Some(waits) }),
                    Err(halt) => self.refuse_seat(key, &halt, now),
                }
            }
        }
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
    }

    fn take_seat(&mut self, key: ConnKey, mut row: AccountRow, seat: Seat, now: Now) {
        let account = AccountId(row.id);
        if let Some(reason) = &self.maintenance
            && !restrictions::is_staff(&self.config, &row)
        {
            let halt = restrictions::maintenance(reason);
            return self.refuse_seat(key, &halt, now);
        }
        if let Some(rival) = self.online.get(&account).copied() {
            let Some(held) = session(&mut self.conns, rival) else { return };
            if seat == held.seat {
                // Only the link was lost, whether its end is known here yet or not. What got lost with it nobody knows but
                // the client: it resumes.
                return self.close(key, CloseReason::LinkLost, &[], now);
            }
            if seat <= held.seat {
                return self.close(key, CloseReason::Superseded, &[], now);
            }
            held.numbers.store(&mut row);
            self.close(rival, CloseReason::Superseded, &[], now);
        }
        self.figures.reseated += 1;
        let secret = self.secret_again(&row);
        row.session_gen = seat.session_gen;
        // The same: another gateway may still name the connection that came after this one.
        self.begin_session(key, row, seat.attach, (kinds::RESET, secret), now);
    }

    /// The secret of a guest of whom nothing durable shows that the answer to its first login arrived: it may be all that
    /// ever lets it in again. It is the one that it was given, so who has it already loses nothing.
    fn secret_again(&self, row: &AccountRow) -> Bytes {
        let is_shown = row.session_gen != Generation::FIRST.0 || row.cseq_last != 0;
        let key = self.config.guest_key.as_ref().filter(|_| !is_shown);
        let secret = key.map(|key| guest_secret(key, row.id, row.created_ms));
        let is_its_own = |secret: &GuestSecret| secret_matches(secret.expose(), row.secret_hash.as_deref());
        secret.filter(is_its_own).map_or_else(Bytes::new, |secret| secret.expose().to_vec().into())
    }

    /// It has no seat here: why, and the end. What is only our own lack of time or room is tried again.
    pub(super) fn refuse_seat(&mut self, key: ConnKey, halt: &Halt, now: Now) {
        match halt {
            Halt::Barred(barred) => {
                let reason = if barred.error == restrictions::BANNED_CODE {
                    CloseReason::Banned
                } else {
                    CloseReason::Maintenance
                };
                let told = refusal(barred);
                self.close(key, reason, &told, now);
            }
            Halt::Later { .. } => self.returning.push_back((now.instant + TRY_AGAIN, key)),
            Halt::Reject(_) | Halt::Miss | Halt::Hash(_) => {
                let is_kicked = match self.conns.get(key).map(|conn| &conn.stage) {
                    Some(Stage::Returning { account, seat, .. }) => {
                        self.seats.was_kicked(*account, seat.session_gen)
                    }
                    _ => false,
                };
                let reason = if is_kicked { CloseReason::Kicked } else { CloseReason::Superseded };
                self.close(key, reason, &[], now);
            }
        }
    }

    /// Tries again for whom there was no time or room.
    pub(super) fn seats_due(&mut self, now: Now) {
        while let Some((_, key)) = self.returning.pop_front_if(|(at, _)| *at <= now.instant) {
            self.reseat(key, None, now);
        }
    }
}

/// A login since then has the account, or staff has ended the session.
const OVER: &str = "superseded";
/// What a login is told that the game before this one had not answered.
const RESTARTED: &str = "restarted";
/// A gateway's worth of them are told so in one turn.
const RESTARTED_WAIT: Duration = Duration::from_secs(1);
const TRY_AGAIN: Duration = Duration::from_millis(200);
