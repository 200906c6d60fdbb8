//! What players did and were told, from the logs of the bots: one list, whatever the deed.

use std::{fs, path::Path};

use bot::{Deal, DealKind, Payment, PaymentOutcome};

use crate::error::Error;

/// One thing that a player did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// Whose.
    pub account: u64,
    /// In which of its sessions.
    pub session_gen: u64,
    /// Of the game process in which that session began, or was reset last.
    pub epoch: u64,
    /// The command's number; 0: none, it was only told of.
    pub cseq: u64,
    /// As in the log.
    pub deed: &'static str,
    /// What became of it.
    pub outcome: PaymentOutcome,
    /// The record that the answer named; 0: none.
    pub lsn: u64,
    /// When it was sent, microseconds of the run; 0: not known.
    pub sent_us: u64,
    /// When its outcome was learned, likewise.
    pub learned_us: u64,
}

impl Op {
    /// The first accept of a trade is in no record, and which of two was the first a player does not always know.
    #[must_use]
    pub fn may_be_in_no_record(&self) -> bool {
        self.cseq == 0 || self.deed == "trade_accept"
    }
}

impl From<&Payment> for Op {
    fn from(payment: &Payment) -> Self {
        Self {
            account: payment.account,
            session_gen: payment.session_gen.into(),
            epoch: payment.epoch.into(),
            cseq: payment.cseq,
            deed: "pay",
            outcome: payment.outcome,
            lsn: payment.lsn,
            sent_us: payment.sent_us,
            learned_us: payment.learned_us,
        }
    }
}

impl From<&Deal> for Op {
    fn from(deal: &Deal) -> Self {
        Self {
            account: deal.account,
            session_gen: deal.session_gen.into(),
            epoch: deal.epoch.into(),
            cseq: deal.cseq,
            deed: match deal.deed {
                DealKind::ShopBuy => "shop_buy",
                DealKind::ShopSell => "shop_sell",
                DealKind::MailSend => "mail_send",
                DealKind::MailTake => "mail_take",
                DealKind::MailDelete => "mail_delete",
                DealKind::Pay => "pay",
                DealKind::TradeAccept => "trade_accept",
                DealKind::TradeDone => "trade_done",
                DealKind::Held => "held",
            },
            outcome: deal.outcome,
            lsn: deal.lsn,
            sent_us: deal.sent_us,
            learned_us: deal.learned_us,
        }
    }
}

/// The lines of a log of payments.
///
/// # Errors
/// It cannot be read, or a line is none.
pub fn payments(log: &Path) -> Result<Vec<Payment>, Error> {
    lines(log)
}

/// The lines of a log of deals, but those about what somebody holds.
///
/// # Errors
/// As [`payments`].
pub fn deals(log: &Path) -> Result<Vec<Op>, Error> {
    let deals: Vec<Deal> = lines(log)?;
    Ok(deals.iter().filter(|deal| deal.deed != DealKind::Held).map(Op::from).collect())
}

fn lines<T: serde::de::DeserializeOwned>(log: &Path) -> Result<Vec<T>, Error> {
    let text = fs::read_to_string(log).map_err(Error::io("reading the players' log"))?;
    let read = |line| {
        serde_json::from_str(line)
            .map_err(|error| Error::Content { path: log.to_owned(), what: error.to_string() })
    };
    text.lines().map(read).collect()
}
