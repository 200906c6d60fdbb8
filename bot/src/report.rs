//! What a run found, with names that stay: the fields here are those of `ding bot --json`.

use std::collections::BTreeMap;

use client::Fate;
use serde::{Deserialize, Serialize};

use crate::logic::games::GameFigures;

/// The result of a run. A run is good when [`Self::is_good`] says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// As in [`crate::Scenario::name`].
    pub scenario: String,
    /// As in [`client::TransportKind::name`].
    pub transports: Vec<String>,
    /// Asked for.
    pub players: u32,
    /// Came in, played and were checked to the end.
    pub players_done: u32,
    /// Somebody ended the run before its time: what follows is what was measured until then.
    #[serde(default)]
    pub interrupted: bool,
    /// Of the schedule.
    pub seed: u64,
    /// Of play, asked for.
    pub duration_s: f64,
    /// From the beginning of play until all were drained.
    pub elapsed_s: f64,
    /// Commands answered OK, all kinds together.
    pub ok_total: u64,
    /// The same a second of play.
    pub ok_per_s: f64,
    /// A row for each thing that players did; `login` and `reconnect` are rows too.
    pub commands: Vec<CommandFigures>,
    /// Lines of chat heard by all players together.
    pub chat_heard: u64,
    /// News of payments heard by all players together.
    pub paid_heard: u64,
    /// Lines of those near, heard by all players together.
    #[serde(default)]
    pub near_heard: u64,
    /// Lines to one alone that were heard.
    #[serde(default)]
    pub private_heard: u64,
    /// Blows and deaths of all players together.
    #[serde(default)]
    pub fights: Fights,
    /// Rejected commands by the server's code.
    pub rejections: BTreeMap<String, u64>,
    /// Failed connections and logins by name.
    pub errors: BTreeMap<String, u64>,
    /// Connections after the first of each player.
    pub reconnects: u64,
    /// What the players lived through.
    #[serde(default)]
    pub comebacks: ComebackFigures,
    /// What became of payments whose connection died before the answer.
    pub fates: Fates,
    /// All wallets together.
    pub gold: Gold,
    /// All connections together.
    pub traffic: TrafficFigures,
    /// Trades, letters and shops; nothing in other scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketFigures>,
    /// Matches in rooms; nothing in other scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub games: Option<GameFigures>,
    /// Replies that were wrong, missing or doubled, and sums that do not add up.
    pub wrong_count: u64,
    /// The first hundred of them.
    pub wrong: Vec<Wrong>,
}

impl Report {
    /// Every player was checked to the end, and nothing was wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong_count == 0 && self.players_done == self.players && !self.interrupted
    }
}

/// Figures of one thing that players did. Latencies in microseconds from the intended moment, 0 without
/// any answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandFigures {
    /// `pay`, `chat`, `echo`, `wallet`, `join`; `login`, `reconnect`.
    pub name: String,
    /// Left.
    pub sent: u64,
    /// Meant, but the run was over or no connection was there.
    pub unsent: u64,
    /// Answered OK.
    pub ok: u64,
    /// Answered REJECTED.
    pub rejected: u64,
    /// Answered `RETRY_LATER`.
    pub retry_later: u64,
    /// The connection ended before an answer.
    pub unanswered: u64,
    /// Answers REJECTED by the server's code.
    #[serde(default)]
    pub refusals: BTreeMap<String, u64>,
    /// Answers `RETRY_LATER` by the server's code.
    #[serde(default)]
    pub delays: BTreeMap<String, u64>,
    /// OK answers a second of play.
    pub ok_per_s: f64,
    /// Half were faster.
    pub p50_us: u64,
    /// Of ten, nine were faster.
    pub p90_us: u64,
    /// Of a hundred, 99.
    pub p99_us: u64,
    /// Of a thousand, 999.
    pub p999_us: u64,
    /// The slowest.
    pub max_us: u64,
}

/// Fights with monsters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fights {
    /// Blows that hit.
    pub blows: u64,
    /// Monsters slain, each by whoever struck last.
    pub slain: u64,
    /// Characters that fell.
    pub deaths: u64,
}

/// Connections and servers that died, and what became of the sessions on them. Pauses in microseconds, from a socket's
/// death or the server's word that it waits until the player heard anything again; 0 without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComebackFigures {
    /// Sockets that died under players who were in.
    pub sockets_lost: u64,
    /// Players told that the server waits for its game.
    pub pauses: u64,
    /// Sessions that went on over another connection.
    pub resumes: u64,
    /// Sessions that did not, by the server's name for why.
    pub resumes_refused: BTreeMap<String, u64>,
    /// Sessions that the server began anew.
    pub resets: u64,
    /// Wishes of a gateway that its players come by another.
    pub moves: u64,
    /// Packets that were sent again, to go on.
    pub packets_resent: u64,
    /// Of what is wrong: answers, lines and news that never came.
    pub packets_missing: u64,
    /// Of what is wrong: answers and lines that came twice.
    pub packets_doubled: u64,
    /// Half were shorter.
    pub pause_p50_us: u64,
    /// Of a hundred, 99.
    pub pause_p99_us: u64,
    /// The longest.
    pub pause_max_us: u64,
}

/// What became of payments whose connection died before the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fates {
    /// Done, as the next login told.
    pub happened: u64,
    /// Not done.
    pub did_not: u64,
    /// Nobody can tell.
    pub unknown: u64,
}

impl Fates {
    /// One more.
    pub(crate) fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::Happened => &mut self.happened,
            Fate::DidNot => &mut self.did_not,
            Fate::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// Sums over all players who were checked to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gold {
    /// When they came in.
    pub start: i64,
    /// At the end.
    pub end: i64,
    /// What shops gave for things, and monsters left.
    #[serde(default)]
    pub issued: i64,
    /// What shops took for things.
    #[serde(default)]
    pub sunk: i64,
    /// At the end, in letters that were not taken.
    #[serde(default)]
    pub in_letters: i64,
    /// Whether `start + issued - sunk` is `end + in_letters`; nothing when not everybody could be asked.
    pub conserved: Option<bool>,
}

/// What happened on a market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketFigures {
    /// Questions whether somebody will trade.
    pub trades_asked: u64,
    /// Tables that were opened, as each of both sides saw it.
    pub tables_opened: u64,
    /// Trades made.
    pub trades_done: u64,
    /// Trades that ended with nothing changed, by reason, as each of both sides was told.
    pub trades_canceled: BTreeMap<String, u64>,
    /// Trades whose end a side did not hear, and found out from its bag and its wallet when it came back.
    pub trades_unheard: u64,
    /// Letters sent.
    pub mails_sent: u64,
    /// Letters emptied.
    pub mails_taken: u64,
    /// Letters thrown away.
    pub mails_deleted: u64,
    /// Letters in mailboxes at the end.
    pub mails_left: u64,
    /// Gold put into letters.
    pub mail_gold_sent: i64,
    /// Gold taken out of letters.
    pub mail_gold_taken: i64,
    /// Deals in which a shop sold.
    pub shop_bought: u64,
    /// What it sold, single things.
    pub shop_items_bought: u64,
    /// What it took for that.
    pub shop_gold_out: i64,
    /// Deals in which a shop bought.
    pub shop_sold: u64,
    /// What it bought, single things.
    pub shop_items_sold: u64,
    /// What it gave for that.
    pub shop_gold_in: i64,
    /// Commands that had to be refused, and were, by the right name.
    pub probes_refused: u64,
    /// Looks into a bag and its wallet that found exactly what had to be there.
    pub looks: u64,
}

/// Bytes and frames of all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficFigures {
    /// From sockets, TLS and WebSocket included.
    pub bytes_in: u64,
    /// To sockets.
    pub bytes_out: u64,
    /// Frames received.
    pub frames_in: u64,
    /// Of them deflated.
    pub frames_in_deflated: u64,
    /// Packets received.
    pub packets_in: u64,
    /// Bytes of their frames' bodies as sent.
    pub body_bytes_in: u64,
    /// The same inflated.
    pub content_bytes_in: u64,
}

/// One thing that must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Stable.
    pub code: String,
    /// Who noticed.
    pub player: u32,
    /// Its account.
    pub account: String,
    /// Numbers and names, for people.
    pub detail: String,
}
