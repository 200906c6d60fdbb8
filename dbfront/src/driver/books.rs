//! People's questions about all gold and things, on the thread of whoever asks: through a connection of its own, one at a
//! time but for names, each in a bounded time. Neither who applies nor who reads for game waits for it. Knows no control
//! socket.

use std::{
    sync::{Mutex, MutexGuard, TryLockError},
    time::{Duration, Instant},
};

use proto::{
    limits::BOOKS_LINES_MAX,
    link::{
        BooksHolder, BooksHour, BooksHours, BooksLine, BooksPile, BooksRequest, BooksResponse, BooksRich,
        BooksRichest, BooksStep, BooksTrail, BooksWho, books_request::What,
    },
};

use super::{clock, orders::Orders};
use crate::{
    logic::trail::{Bounds, Found, Line},
    store::{
        StoreError,
        books::{Books, Followed, Holder, Pile, Rich, Stock, Wish, follow, who},
        hours::{HourKey, HourSum},
    },
};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// Nobody serves yet, or any more.
    #[error("dbfront starts or stops: try again")]
    Starting,
    /// Another question is being answered.
    #[error("another question about all gold is being answered: try again")]
    Busy,
    /// Not a question.
    #[error("not a question that this version understands")]
    BadRequest,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BooksError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Busy => "busy",
            Self::BadRequest => "bad_request",
            Self::Store(error) if error.passes() => "store_away",
            Self::Store(error) => error.code(),
        }
    }
}

impl Orders {
    /// Answers a question about all gold and things. What is followed is followed for at most so long.
    ///
    /// # Errors
    /// See [`BooksError`].
    pub fn books(&self, request: &BooksRequest, patience: Duration) -> Result<BooksResponse, BooksError> {
        let deadline = clock::now() + patience;
        let what = request.what.as_ref().ok_or(BooksError::BadRequest)?;
        let (database, alone) = self.way_to_books().ok_or(BooksError::Starting)?;
        // Names are a few rows by their keys: they wait for no question that looks through everything.
        let _alone = if matches!(what, What::Who(_)) { None } else { Some(place(&alone)?) };
        let mut books = database.connect_books()?;
        let lsn = books.lsn().0;
        let said = match what {
            What::Hours(wish) => hours(&mut *books, wish)?,
            What::Richest(BooksRichest { rows_max }) => {
                let richest = books.richest((*rows_max).min(RICHEST_MAX))?;
                let richest =
                    richest.into_iter().map(|Rich { account, name, gold }| BooksRich { account, name, gold });
                BooksResponse { richest: richest.collect(), ..BooksResponse::default() }
            }
            What::Trail(wish) => trail(&mut *books, wish, deadline)?,
            What::Who(wish) => names(&mut *books, wish)?,
        };
        Ok(BooksResponse { lsn, ..said })
    }
}

fn place(alone: &Mutex<()>) -> Result<MutexGuard<'_, ()>, BooksError> {
    match alone.try_lock() {
        Ok(place) => Ok(place),
        // It guards nothing that could be half done.
        Err(TryLockError::Poisoned(error)) => Ok(error.into_inner()),
        Err(TryLockError::WouldBlock) => Err(BooksError::Busy),
    }
}

fn hours(books: &mut dyn Books, wish: &BooksHours) -> Result<BooksResponse, StoreError> {
    let since_ms = i64::try_from(wish.since_ms).unwrap_or(i64::MAX);
    let mut found = books.hours(since_ms, HOURS_MAX + 1)?;
    let hours_cut = (HOURS_MAX as usize) < found.len();
    found.truncate(HOURS_MAX as usize);
    let gold_before = books.gold_before(since_ms)?.to_string();
    let Stock { wallets, letters, pots } = books.stock()?;
    let pile = |(what, Pile { gold, holders }): (&str, Pile)| BooksPile {
        what: what.to_owned(),
        gold: gold.to_string(),
        holders,
    };
    let piles = [("wallets", wallets), ("letters", letters), ("pots", pots)].map(pile);
    let hours = found.into_iter().map(|(HourKey { hour_ms, reason }, sum)| {
        let HourSum { gold_in, gold_out, gold_moved, lines } = sum;
        BooksHour {
            hour_ms: hour_ms.cast_unsigned(),
            reason: u32::try_from(reason).unwrap_or(u32::MAX),
            gold_in,
            gold_out,
            gold_moved,
            lines: lines.cast_unsigned(),
        }
    });
    Ok(BooksResponse {
        hours: hours.collect(),
        hours_cut,
        gold_before,
        piles: piles.into(),
        ..BooksResponse::default()
    })
}

fn trail(books: &mut dyn Books, wish: &BooksTrail, deadline: Instant) -> Result<BooksResponse, BooksError> {
    let what = match (wish.item, wish.account) {
        (0, 0) => return Err(BooksError::BadRequest),
        (0, holder) => Wish::Gold { holder, sum: Some(wish.sum).filter(|sum| 0 < *sum) },
        (item, _) => Wish::Item(item),
    };
    let bounds = Bounds {
        depth_max: wish.steps_max.clamp(1, STEPS_MAX),
        found_max: wish.rows_max.clamp(1, ROWS_MAX) as usize,
    };
    let mut goes_on = || clock::now() < deadline;
    let followed = follow(books, what, wish.since, bounds, &mut goes_on)?;
    let Followed { found, holders, looked, looked_to, ended } = followed;
    Ok(BooksResponse {
        steps: found.iter().map(step).collect(),
        holders: holders.into_iter().map(holder).collect(),
        looked,
        looked_to,
        ended: ended.name().to_owned(),
        ..BooksResponse::default()
    })
}

fn names(books: &mut dyn Books, wish: &BooksWho) -> Result<BooksResponse, BooksError> {
    if BOOKS_LINES_MAX < wish.lines.len() {
        return Err(BooksError::BadRequest);
    }
    let line = |&BooksLine { goods, from, to, reason }: &BooksLine| Line {
        item: goods.into(),
        from,
        to,
        reason,
        ..Line::default()
    };
    let lines: Vec<Line> = wish.lines.iter().map(line).collect();
    let holders = who(books, &lines)?;
    Ok(BooksResponse { holders: holders.into_iter().map(holder).collect(), ..BooksResponse::default() })
}

fn step(found: &Found) -> BooksStep {
    let Found { line, parent, depth, traced, kept, is_cut } = *found;
    BooksStep {
        parent,
        depth,
        lsn: line.lsn,
        item: line.item,
        kind: line.kind,
        from: line.from,
        to: line.to,
        amount: line.amount,
        traced,
        kept,
        reason: line.reason,
        wall_ms: line.wall_ms,
        cut: is_cut,
    }
}

fn holder(Holder { id, what, name, account }: Holder) -> BooksHolder {
    BooksHolder { id, what: what.name().to_owned(), name, account }
}

/// Rows of sums that an answer holds: weeks of every reason.
const HOURS_MAX: u32 = 8_192;
const RICHEST_MAX: u32 = 100;
const STEPS_MAX: u32 = 64;
const ROWS_MAX: u32 = 2_000;
