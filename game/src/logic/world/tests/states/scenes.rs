//! The states in which somebody who is logged in can be: its character, its trade, its session; and how it came there.

use proto::{
    client::{
        BindName, CharDelete, ItemSplit, ItemWear, MailSend, MailThing, Pay, TradeAccept, TradeAnswer,
        TradeAsk, TradeOffer, TradeThing,
    },
    kinds,
    tables::{CharacterRow, ItemRow},
    wire,
};

use super::{
    super::goods::{AT_SHOPS, change},
    watched::{Outcome, Watched},
};
use crate::logic::{
    event::WorldConfig,
    testing::{Play, bags, bundled},
};

/// What is with the character of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    None,
    NotEntered,
    Played,
    Dead,
    Deleted,
    LeftStanding,
    /// Another one of the account is in the world.
    Other,
}

/// How far its trade with Bob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    None,
    Asks,
    IsAsked,
    Open,
    Offered,
    Accepted,
    OtherAccepted,
    /// Both have; the record is not durable.
    Doing,
    Done,
    Canceled,
    /// The other side cannot pay any more what it offered, and has accepted.
    CannotBe,
}

/// What is with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Plain,
    Muted,
    /// No record can be made.
    PipelineFull,
    /// The store is away, what is in memory is there.
    StoreAway,
    /// A command waits for rows, all later ones behind it.
    WaitsForRows,
    /// A command waits for a hash.
    WaitsForHash,
    /// Its budget of commands is used up.
    OverBudget,
    /// In a room beside all else.
    InRoom,
}

/// All that is true of somebody at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) session: Session,
    pub(super) character: Character,
    pub(super) trade: Trade,
    /// Rows of others are forgotten at once.
    pub(super) is_cache_small: bool,
}

const CHARACTERS: [Character; 7] = [
    Character::None,
    Character::NotEntered,
    Character::Played,
    Character::Dead,
    Character::Deleted,
    Character::LeftStanding,
    Character::Other,
];

const TRADES: [Trade; 11] = [
    Trade::None,
    Trade::Asks,
    Trade::IsAsked,
    Trade::Open,
    Trade::Offered,
    Trade::Accepted,
    Trade::OtherAccepted,
    Trade::Doing,
    Trade::Done,
    Trade::Canceled,
    Trade::CannotBe,
];

/// Each with all rows in memory, or with those of others forgotten at once.
const SESSIONS: [(Session, bool); 9] = [
    (Session::Plain, false),
    (Session::Plain, true),
    (Session::Muted, true),
    (Session::PipelineFull, false),
    (Session::StoreAway, true),
    (Session::WaitsForRows, true),
    (Session::WaitsForHash, false),
    (Session::OverBudget, false),
    (Session::InRoom, true),
];

/// Every session with every character and every trade that go together: only who plays a living one trades.
pub(super) fn all() -> impl Iterator<Item = Scene> {
    let trades = |character| match character {
        Character::Played | Character::Other => TRADES.as_slice(),
        _ => &[Trade::None],
    };
    SESSIONS.into_iter().flat_map(move |(session, is_cache_small)| {
        let scene = move |character, trade| Scene { session, character, trade, is_cache_small };
        CHARACTERS
            .into_iter()
            .flat_map(move |character| trades(character).iter().map(move |trade| scene(character, *trade)))
    })
}

impl Scene {
    /// Ana is in it. Bo plays Bob, cy plays Cid; both stand where she does, and have things.
    pub(super) fn build(self) -> Watched {
        let config = WorldConfig {
            preload: false,
            cache_accounts_max: if self.is_cache_small { 1 } else { 100 },
            commands_burst: if self.session == Session::OverBudget { 100 } else { 1_000_000 },
            commands_per_s: 1,
            chat_per_s: 1_000,
            guests_per_address_per_hour: 1_000_000,
            inflight_records_max: if self.session == Session::PipelineFull { 1 } else { 1_000 },
            ..WorldConfig::default()
        };
        // What happens until then is looked at by those who look at these commands.
        let mut watched = Watched { is_checked: false, ..Watched::new(Play::new(config)) };
        watched.arrives("bo", "Bob");
        watched.arrives("cy", "Cid");
        watched.play.run("bo buys 2 of 40 in 1\nbo buys 1 of 1 in 1\ncy buys 1 of 1 in 1");
        watched.logs_in("ana");
        self.bring_character(&mut watched);
        self.bring_trade(&mut watched);
        self.bring_session(&mut watched);
        watched.is_checked = true;
        watched.check("the scene is set");
        watched
    }

    fn bring_character(self, watched: &mut Watched) {
        if self.character == Character::None {
            return;
        }
        let map = bundled().map().number();
        let (x_mm, y_mm) = AT_SHOPS;
        watched.play.run("ana makes Ida");
        change(&mut watched.play, "ana", |row| CharacterRow { map, x_mm, y_mm, hp: 1, ..row });
        watched.play.run("ana makes Old\nana makes Una");
        // The newest is the last by id.
        change(&mut watched.play, "ana", |row| CharacterRow { map, x_mm, y_mm, hp: 1, ..row });
        ana(watched, kinds::CHAR_DELETE, &wire::encode(&CharDelete { character: id(watched, "Old") }));
        for character in ["Ida", "Una"] {
            watched.enters("ana", character);
            let of = id(watched, character);
            watched.play.run("ana buys 3 of 40 in 1");
            let item = watched.play.store.rows::<ItemRow>().iter().find(|row| row.holder == of).unwrap().id;
            ana(watched, kinds::ITEM_SPLIT, &wire::encode(&ItemSplit { item, quantity: 1 }));
            watched.play.run("ana buys 2 of 1 in 1\nana buys 1 of 24 in 1");
            let worn =
                watched.play.store.rows::<ItemRow>().into_iter().rfind(|row| row.holder == of).unwrap();
            ana(watched, kinds::ITEM_WEAR, &wire::encode(&ItemWear { item: worn.id }));
            ana(watched, kinds::CHAR_LEAVE, &[]);
        }
        // A letter with something in it, and one without.
        let item = watched
            .play
            .store
            .rows::<ItemRow>()
            .iter()
            .find(|row| row.holder == id(watched, "Cid"))
            .unwrap()
            .id;
        let letter = MailSend { to: "Ida".to_owned(), text: "hello".to_owned(), ..MailSend::default() };
        let full = MailSend { gold: 3, things: vec![MailThing { item, quantity: 1 }], ..letter.clone() };
        for letter in [letter, full] {
            assert_eq!(watched.does("cy", kinds::MAIL_SEND, &wire::encode(&letter)), Outcome::Ok);
        }
        match self.character {
            Character::None | Character::NotEntered => {}
            Character::Played => watched.enters("ana", "Ida"),
            Character::Other => watched.enters("ana", "Una"),
            Character::Dead => {
                kill(&mut watched.play);
                watched.enters("ana", "Ida");
            }
            Character::Deleted => {
                for character in ["Ida", "Una"] {
                    ana(
                        watched,
                        kinds::CHAR_DELETE,
                        &wire::encode(&CharDelete { character: id(watched, character) }),
                    );
                }
            }
            Character::LeftStanding => {
                watched.enters("ana", "Ida");
                watched.drops("ana");
                watched.logs_in("ana");
            }
        }
    }

    fn bring_trade(self, watched: &mut Watched) {
        let (asker, asked) = if self.trade == Trade::IsAsked { ("bo", "ana") } else { ("ana", "bo") };
        if self.trade == Trade::None {
            return;
        }
        let character = watched.life.plays(watched.account(asked)).unwrap();
        ok(watched, asker, kinds::TRADE_ASK, &wire::encode(&TradeAsk { character }));
        if matches!(self.trade, Trade::Asks | Trade::IsAsked) {
            return;
        }
        let trade = watched.deals.all[0].id;
        ok(watched, asked, kinds::TRADE_ANSWER, &wire::encode(&TradeAnswer { trade, yes: true }));
        if self.trade == Trade::Open {
            return;
        }
        for (name, gold, kind) in [("ana", 10, 40), ("bo", 20, 1)] {
            let of = watched.life.plays(watched.account(name)).unwrap();
            let is_it = |row: &&ItemRow| row.holder == of && row.kind == kind;
            let row = watched.play.store.rows::<ItemRow>();
            let row = row.iter().find(is_it).unwrap();
            let items = vec![TradeThing { item: row.id, quantity: row.quantity }];
            ok(watched, name, kinds::TRADE_OFFER, &wire::encode(&TradeOffer { trade, gold, items }));
        }
        match self.trade {
            Trade::None | Trade::Asks | Trade::IsAsked | Trade::Open | Trade::Offered => {}
            Trade::Accepted => accepts(watched, "ana"),
            Trade::OtherAccepted => accepts(watched, "bo"),
            Trade::Doing => {
                accepts(watched, "ana");
                watched.play.held.syncs = true;
                accepts(watched, "bo");
            }
            Trade::Done => ["ana", "bo"].iter().for_each(|name| accepts(watched, name)),
            Trade::Canceled => {
                let body = wire::encode(&proto::client::TradeCancel { trade });
                ok(watched, "bo", kinds::TRADE_CANCEL, &body);
            }
            Trade::CannotBe => {
                let pay =
                    Pay { to: watched.account("cy"), amount: watched.look().gold(watched.account("bo")) - 5 };
                ok(watched, "bo", kinds::PAY, &wire::encode(&pay));
                accepts(watched, "bo");
            }
        }
    }

    pub(super) fn bring_session(self, watched: &mut Watched) {
        match self.session {
            Session::Plain => {}
            Session::Muted => {
                watched.play.run("staff mutes ana for 1000000");
            }
            Session::PipelineFull if watched.play.held.applies => {}
            Session::PipelineFull => {
                (watched.play.held.syncs, watched.play.held.applies) = (true, true);
                let pay = Pay { to: watched.account("bo"), amount: 1 };
                // It may be full already.
                watched.does("cy", kinds::PAY, &wire::encode(&pay));
            }
            Session::StoreAway if watched.play.held.store => {}
            Session::StoreAway => watched.play.store_down(),
            Session::WaitsForRows => {
                watched.play.held.reads = true;
                // Nobody has asked for this one before.
                let holder = 1_000_000 + watched.play.store.reads;
                watched.play.command("ana", bags::LOOK, holder.to_string().as_bytes());
                watched.play.turn();
            }
            Session::WaitsForHash => {
                watched.play.held.hashes = true;
                let body = BindName { name: "Zoe".to_owned(), password: "correct-horse".to_owned() };
                watched.play.command("ana", kinds::BIND_NAME, &wire::encode(&body));
                watched.play.turn();
            }
            Session::OverBudget => {
                for _ in 0..watched.play.config.commands_burst {
                    watched.play.run("ana reads wallet");
                }
            }
            Session::InRoom => watched.play.run("ana joins echo"),
        }
    }
}

impl Session {
    /// It is over once somebody was let have his turn.
    pub(super) fn goes_by(self) -> bool {
        matches!(self, Self::WaitsForRows | Self::WaitsForHash | Self::StoreAway)
    }
}

/// The character of ana's that is the first by id is dead.
fn kill(play: &mut Play) {
    use crate::logic::{delivery::ConnKey, tx::Tx};
    let account = proto::ids::AccountId(play.people.person("ana").account);
    let now = play.now;
    let put = |tx: &mut Tx<'_>| {
        let row = tx.set::<CharacterRow>(account.0)?.remove(0);
        tx.put(CharacterRow { dead: true, hp: 0, ..row });
        Ok(())
    };
    play.world.in_tx(ConnKey::default(), None, now, put).unwrap();
    play.world.commit(proto::turn::TxnId { account, cseq: 0 }, now).unwrap();
    play.turn();
}

fn id(watched: &Watched, character: &str) -> u64 {
    watched.play.people.characters[character]
}

#[track_caller]
fn ana(watched: &mut Watched, kind: u32, body: &[u8]) {
    ok(watched, "ana", kind, body);
}

#[track_caller]
fn ok(watched: &mut Watched, name: &str, kind: u32, body: &[u8]) {
    let outcome = watched.does(name, kind, body);
    assert!(matches!(outcome, Outcome::Ok | Outcome::Waits), "{name}: {outcome:?}");
}

/// Exactly what lies on the table.
#[track_caller]
pub(super) fn accepts(watched: &mut Watched, name: &str) {
    let me = watched.life.plays(watched.account(name)).unwrap();
    let deal = watched.deals.of(me).unwrap();
    let body = TradeAccept { trade: deal.id, revision: deal.revision, hash: deal.hash().into() };
    ok(watched, name, kinds::TRADE_ACCEPT, &wire::encode(&body));
}
