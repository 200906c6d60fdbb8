//! What a player makes of the answers to its commands.

use std::time::{Duration, Instant};

use bytes::Bytes;
use client::Outcome;
use proto::{
    client::{PayResult, Wallet},
    prescan::Budget,
    wire::decode,
};

use crate::logic::{
    board::{End, Transfer},
    census::Standing,
    payment::{Payment, PaymentOutcome},
    player::{Ask, Phase, Player, Sent, What},
    stats::Ending,
    world::{Finding, World},
};

impl Player {
    /// The answer to command `cseq`.
    pub fn on_answer(&mut self, cseq: u64, outcome: Outcome, phase: Phase, now: Instant, world: &mut World) {
        self.play_on(now, world);
        let Some(sent) = self.pending.remove(&cseq) else {
            let detail = format!("answer to {cseq}, which is not on its way");
            return world.found(self.id, Finding::new("answer_stray", detail));
        };
        let ending = match &outcome {
            Outcome::Ok(_) => Ending::Ok,
            Outcome::Rejected(code) => {
                world.rejected(sent.what.deed(), code);
                Ending::Rejected
            }
            Outcome::RetryLater { code, .. } => {
                world.put_off(sent.what.deed(), code);
                Ending::RetryLater
            }
        };
        world.stats.ended(sent.what.deed(), ending, now.saturating_duration_since(sent.due));
        match &sent.what {
            What::Wallet => self.on_wallet(outcome, now, phase, world),
            What::Join => self.on_joined(&outcome, now, world),
            What::Characters | What::Create | What::Enter if self.market.is_some() => {
                self.on_market_coming(&sent.what, outcome, now, world);
            }
            What::Market(dealing) => self.on_dealt(cseq, *dealing.clone(), outcome, phase, now, world),
            What::Characters | What::Create | What::Enter => {
                self.on_map_answer(&sent.what, outcome, now, world);
            }
            What::Game(errand) => self.on_game_answer(*errand, &outcome, now, world),
            What::Pay { .. } => self.on_paid_out(cseq, &sent, outcome, world),
            What::Chat { number } => match outcome {
                Outcome::Ok(_) => world.board.said(self.id, *number),
                Outcome::Rejected(_) | Outcome::RetryLater { .. } => world.board.void(self.id, *number),
            },
            What::Near | What::Private { .. } | What::Attack | What::Respawn => {
                self.on_company(&sent.what, outcome, now, world);
            }
            What::Echo { bytes } => {
                if let Outcome::Ok(echo) = outcome
                    && echo != *bytes
                {
                    let detail = format!("sent {} bytes, got {} others", bytes.len(), echo.len());
                    world.found(self.id, Finding::new("echo_differs", detail));
                }
            }
        }
    }

    fn on_wallet(&mut self, outcome: Outcome, now: Instant, phase: Phase, world: &mut World) {
        self.asks.wallet = match outcome {
            Outcome::RetryLater { after_ms, .. } => {
                self.ask_again(after_ms, now);
                Ask::Wanted
            }
            Outcome::Rejected(code) => {
                world.found(self.id, Finding::new("wallet_rejected", code));
                Ask::Had
            }
            Outcome::Ok(result) => {
                match decode::<Wallet>(&result, Budget::CLIENT) {
                    // Stakes change it without a word: a player of games counts between matches.
                    Ok(_) if self.seat.is_some() => {}
                    Ok(wallet) => self.on_market_wallet(wallet, world),
                    Err(error) => world.found(self.id, Finding::new("wallet_garbled", error.to_string())),
                }
                Ask::Had
            }
        };
        if self.asks.wallet == Ask::Had {
            self.entered(phase, world);
        }
    }

    /// The wallet is known: others may pay, and every line from now on must be heard.
    fn entered(&mut self, phase: Phase, world: &mut World) {
        let Some(identity) = &self.identity else { return };
        world.board.enter(self.id, identity.account);
        if self.market.is_some() || self.seat.is_some() {
            // What it has is a matter of its deals alone.
            world.board.take_nothing(self.id);
        }
        if !self.listens {
            self.listens = true;
            self.ear.listen(world.board.lines().map(|(sent, _)| sent));
        }
        if phase == Phase::Check && self.checking && self.market.is_none() {
            self.check(world);
        }
        self.advance_settled(world);
    }

    pub(super) fn advance_settled(&mut self, world: &mut World) {
        if self.is_settled() {
            world.census.advance(self.id, Standing::Settled);
        }
    }

    fn on_joined(&mut self, outcome: &Outcome, now: Instant, world: &mut World) {
        self.asks.room = match outcome {
            Outcome::RetryLater { after_ms, .. } => {
                self.ask_again(*after_ms, now);
                Ask::Wanted
            }
            // Who is in already is in; any other reason shows in every echo.
            Outcome::Ok(_) | Outcome::Rejected(_) => Ask::Had,
        };
        self.advance_settled(world);
    }

    fn on_paid_out(&mut self, cseq: u64, sent: &Sent, outcome: Outcome, world: &mut World) {
        let (What::Pay { afford, .. }, Some(mut payment)) = (&sent.what, self.payment(cseq, sent, world))
        else {
            return;
        };
        let Payment { account: from, to, amount, .. } = payment;
        match outcome {
            Outcome::Ok(result) => {
                payment.outcome = PaymentOutcome::Ok;
                payment.lsn = self.on_pay_result(&result, Transfer { from, to, amount }, world);
            }
            Outcome::Rejected(code) => {
                if *afford {
                    let detail = format!("command {cseq}, {amount} to {to}: {code}");
                    world.found(self.id, Finding::new("pay_refused", detail));
                }
                payment.outcome = PaymentOutcome::Rejected;
                payment.code = code;
            }
            Outcome::RetryLater { .. } => payment.outcome = PaymentOutcome::RetryLater,
        }
        world.log(payment);
    }

    /// The payment is done; returns its place in the journal.
    fn on_pay_result(&mut self, result: &Bytes, transfer: Transfer, world: &mut World) -> u64 {
        world.board.moved(transfer.to, transfer.amount);
        self.paid_out += transfer.amount;
        let PayResult { wallet, lsn } = match decode(result, Budget::CLIENT) {
            Ok(result) => result,
            Err(error) => {
                self.wallet.lose_track();
                world.found(self.id, Finding::new("pay_garbled", error.to_string()));
                return 0;
            }
        };
        let told = world.board.told(lsn, transfer, End::Payer);
        world.check(self.id, told);
        let wallet = self.wallet.paid_out(wallet, transfer.amount, lsn);
        world.check(self.id, wallet);
        lsn
    }

    /// Everybody is drained: what this player has and heard is what it must have and have heard.
    fn check(&mut self, world: &mut World) {
        let lines: Vec<_> = world.board.lines().collect();
        for (player, (_, said)) in (0..).zip(lines) {
            if let Some(numbers) = self.ear.unheard(player, said) {
                world.board.skipped(self.id, player, numbers);
            }
        }
        self.judge_map(world);
        if let Some(seat) = &self.seat {
            return match seat.gold() {
                Some((start, end)) => world.add_gold(start, end),
                None => world.gold_untold(),
            };
        }
        let received = world.board.received(self.id).filter(|_| self.wallet.is_exact() && !self.has_stranger);
        let Some(received) = received else { return world.gold_untold() };
        let (start, paid_out, gold) = (self.wallet.start_gold(), self.paid_out, self.wallet.gold());
        let looted = self.looted;
        if start - paid_out + received + looted != gold {
            let detail = format!(
                "{start} at first, {paid_out} paid, {received} received, {looted} looted, has {gold}"
            );
            world.found(self.id, Finding::new("gold_sum", detail));
        }
        world.add_gold(start, gold);
    }

    pub(super) fn ask_again(&mut self, after_ms: u32, now: Instant) {
        let pause = Duration::from_millis(u64::from(after_ms).clamp(RETRY_MS_MIN, RETRY_MS_MAX));
        self.asks.after = Some(now + pause);
    }
}

const RETRY_MS_MIN: u64 = 50;
const RETRY_MS_MAX: u64 = 5_000;
