//! Every kind that a client may send, with bodies that look right, are at a bound, or are wrong. A new kind without
//! a line in [`says`] fails `every_kind_that_a_client_may_send_has_bodies_here`.

use proto::{
    client::{
        Attack, BindName, CharCreate, CharDelete, CharEnter, CharRestore, ChatBlock, ChatNear, ChatPrivate,
        ChatReport, ChatSay, Hello, ItemDrop, ItemMerge, ItemMove, ItemSplit, ItemTakeOff, ItemUse, ItemWear,
        LoginPassword, LoginSecret, LoginTicket, MailDelete, MailList, MailSend, MailTake, MailThing, Move,
        Pay, QueuePlace, RatingRead, Register, ReplayFetch, ReplayList, ReplayWatch, Resume, RoomAnswer,
        RoomCreate, RoomJoin, RoomList, ShopBuy, ShopRead, ShopSell, TradeAccept, TradeAnswer, TradeAsk,
        TradeCancel, TradeOffer, TradeThing,
    },
    kinds::{self, Class, KindDef},
    limits::GOLD_MAX,
    tables::{ItemRow, MailRow, Place},
    wire,
};

use super::watched::Watched;
use crate::{logic::testing::Play, rooms::echo};

/// What somebody could mean, from where it stands now.
pub(super) struct Facts {
    account: u64,
    others: Vec<u64>,
    /// Its own characters, the one in the world first; then those of others.
    characters: Vec<u64>,
    /// Ids and quantities of items: in its own bag, worn, of others.
    bag: Vec<(u64, u32)>,
    worn: Vec<(u64, u32)>,
    of_others: Vec<(u64, u32)>,
    letters: Vec<u64>,
    /// The trade that it is in, with what an accept has to name.
    trade: u64,
    revision: u32,
    hash: Vec<u8>,
    place: (i32, i32),
}

impl Facts {
    pub(super) fn of(watched: &Watched, name: &str) -> Self {
        let (look, store) = (watched.look(), &watched.play.store);
        let account = watched.account(name);
        let here = watched.life.there.get(&account).map(|presence| presence.character);
        let mut characters: Vec<_> = look.characters();
        characters.sort_by_key(|row| (Some(row.id) != here, row.account != account, row.id));
        let main = characters.first().filter(|row| row.account == account).map_or(0, |row| row.id);
        let items = |is_mine: fn(&ItemRow, u64) -> bool| -> Vec<(u64, u32)> {
            let rows = store.rows::<ItemRow>().into_iter().filter(|row| is_mine(row, main));
            rows.map(|row| (row.id, row.quantity)).collect()
        };
        let deal = watched.deals.of(main);
        let at = watched.play.world.place_of(proto::ids::AccountId(account));
        let mm = |mm: i64| i32::try_from(mm).unwrap();
        Self {
            account,
            others: watched
                .play
                .people
                .all
                .values()
                .map(|one| one.account)
                .filter(|one| *one != account)
                .collect(),
            characters: characters.iter().map(|row| row.id).collect(),
            bag: items(|row, main| row.holder == main && row.place == Place::Bag as u32),
            worn: items(|row, main| row.holder == main && row.place == Place::Worn as u32),
            of_others: items(|row, main| row.holder != main),
            letters: store.rows::<MailRow>().iter().map(|row| row.id).collect(),
            trade: deal.map_or(7, |deal| deal.id),
            revision: deal.map_or(1, |deal| deal.revision),
            hash: deal.map_or_else(|| vec![7; 32], |deal| deal.hash()),
            place: at.map_or((0, 0), |at| (mm(at.x_mm), mm(at.y_mm))),
        }
    }

    /// Items with which something could be tried: some of each sort, and one that is not there.
    fn items(&self) -> Vec<(u64, u32)> {
        let some = |of: &[(u64, u32)]| of.iter().copied().take(3).collect::<Vec<_>>();
        [some(&self.bag), some(&self.worn), some(&self.of_others), vec![(0, 1), (12_345, 1), (u64::MAX, 1)]]
            .concat()
    }

    fn characters(&self) -> Vec<u64> {
        [self.characters.as_slice(), &[0, 12_345, self.account, u64::MAX]].concat()
    }
}

/// Bodies of a kind; none: nobody has said what it says.
pub(super) fn says(facts: &Facts, kind: u32) -> Option<Vec<Vec<u8>>> {
    let items = || facts.items().into_iter();
    let characters = || facts.characters().into_iter();
    let texts = || ["hello", "", " \u{7} ", "鼎", &"x".repeat(512), &"x".repeat(513)].map(str::to_owned);
    let amounts = [1, 0, -1, 10, 1_000, GOLD_MAX, GOLD_MAX + 1, i64::MAX, i64::MIN];
    let trades = [facts.trade, 0, facts.trade + 1, u64::MAX];
    Some(match kind {
        kinds::HELLO => vec![wire::encode(&Hello { protocol: 1, client: "test 1".to_owned() })],
        kinds::PING | kinds::PONG => vec![vec![], vec![1; 8]],
        kinds::LOGOUT | kinds::LOGIN_GUEST | kinds::RESET_TAKEN => vec![vec![]],
        kinds::RESUME => vec![
            wire::encode(&Resume { session: vec![1; 16].into(), token: vec![2; 32].into(), received: 3 }),
            wire::encode(&Resume::default()),
        ],
        kinds::LOGIN_SECRET => {
            vec![wire::encode(&LoginSecret { account: facts.account, ..LoginSecret::default() })]
        }
        kinds::LOGIN_TICKET => {
            [0, 53, 64].map(|bytes| wire::encode(&LoginTicket { ticket: vec![1; bytes].into() })).to_vec()
        }
        kinds::QUEUE_PLACE => {
            [0, 49, 64].map(|bytes| wire::encode(&QueuePlace { place: vec![1; bytes].into() })).to_vec()
        }
        kinds::REGISTER => {
            vec![wire::encode(&Register { name: "Anabel".to_owned(), password: "correct-horse".to_owned() })]
        }
        kinds::LOGIN_PASSWORD => {
            vec![wire::encode(&LoginPassword {
                name: "Anabel".to_owned(),
                password: "correct-horse".to_owned(),
            })]
        }
        kinds::BIND_NAME => {
            [("Anabel", "correct-horse"), ("", "correct-horse"), ("Anabel", "x"), ("Admin", "correct-horse")]
                .map(|(name, password)| {
                    wire::encode(&BindName { name: name.to_owned(), password: password.to_owned() })
                })
                .to_vec()
        }
        kinds::CHAT_SAY => texts().map(|text| wire::encode(&ChatSay { text })).to_vec(),
        kinds::CHAT_NEAR => texts().map(|text| wire::encode(&ChatNear { text })).to_vec(),
        kinds::CHAT_PRIVATE => ["Bob", "Ida", "Cid", "Old", "Nobody", "", "1!1"]
            .iter()
            .flat_map(|to| texts().map(|text| wire::encode(&ChatPrivate { to: (*to).to_owned(), text })))
            .collect(),
        kinds::CHAT_BLOCK => somebody(facts)
            .flat_map(|(character, account)| {
                [false, true]
                    .map(|lift| wire::encode(&ChatBlock { character: character.clone(), account, lift }))
            })
            .collect(),
        kinds::CHAT_REPORT => somebody(facts)
            .flat_map(|(character, account)| {
                texts()
                    .map(|reason| wire::encode(&ChatReport { character: character.clone(), account, reason }))
            })
            .collect(),
        kinds::CHAT_HISTORY
        | kinds::WALLET_READ
        | kinds::ROOM_LEAVE
        | kinds::ROOM_MATCH_CANCEL
        | kinds::REPLAY_STOP
        | kinds::CHAR_LIST
        | kinds::CHAR_LEAVE
        | kinds::RESPAWN
        | kinds::BAG_READ => vec![vec![]],
        kinds::PAY => facts
            .others
            .iter()
            .copied()
            .chain([facts.account, 0, 12_345, u64::MAX])
            .flat_map(|to| amounts.map(|amount| wire::encode(&Pay { to, amount })))
            .collect(),
        kinds::ROOM_JOIN => ["echo", "echo#7", "echo#007", "echo#-1", "", "nothing"]
            .map(|room| wire::encode(&RoomJoin { room: room.to_owned(), ..RoomJoin::default() }))
            .to_vec(),
        kinds::ROOM_CREATE | kinds::ROOM_MATCH => {
            [("echo", 0), ("echo", 1_024), ("echo#7", 0), ("", 0), ("nothing", 7)]
                .map(|(room, bytes)| {
                    let options = vec![1; bytes].into();
                    wire::encode(&RoomCreate { kind: room.to_owned(), options, spectate: false })
                })
                .to_vec()
        }
        kinds::ROOM_LIST => [("", 0), ("echo", 0), ("nothing", 0), ("", u64::MAX)]
            .map(|(kind, after)| wire::encode(&RoomList { kind: kind.to_owned(), after }))
            .to_vec(),
        kinds::RATING_READ => {
            ["echo", "", "nothing"].map(|kind| wire::encode(&RatingRead { kind: kind.to_owned() })).to_vec()
        }
        kinds::REPLAY_LIST => [(0, 0), (facts.account, 1), (12_345, u64::MAX), (u64::MAX, 0)]
            .map(|(account, before)| wire::encode(&ReplayList { account, before }))
            .to_vec(),
        kinds::REPLAY_FETCH => [(1, 0), (0, 0), (u64::MAX, u32::MAX)]
            .map(|(replay, part)| wire::encode(&ReplayFetch { replay, part }))
            .to_vec(),
        kinds::REPLAY_WATCH => [(1, 1, 0), (1, 0, 0), (1, 17, 0), (u64::MAX, 16, u64::MAX)]
            .map(|(replay, speed, from_ms)| wire::encode(&ReplayWatch { replay, speed, from_ms }))
            .to_vec(),
        kinds::ROOM_ANSWER => [(1, true), (1, false), (0, false), (u64::MAX, false)]
            .map(|(id, refused)| RoomAnswer {
                id,
                body: vec![1; 16].into(),
                refused,
                room: u64::from(id == 0),
            })
            .map(|answer| wire::encode(&answer))
            .to_vec(),
        kinds::CHAR_CREATE => super::life::NAMES
            .iter()
            .copied()
            .chain(["", "x", "1!1", "Admin", "..", "Idaа"])
            .map(|name| wire::encode(&CharCreate { name: name.to_owned() }))
            .collect(),
        kinds::CHAR_DELETE => characters().map(|character| wire::encode(&CharDelete { character })).collect(),
        kinds::CHAR_RESTORE => {
            characters().map(|character| wire::encode(&CharRestore { character })).collect()
        }
        kinds::CHAR_ENTER => characters().map(|character| wire::encode(&CharEnter { character })).collect(),
        kinds::MOVE => {
            let (x_mm, y_mm) = facts.place;
            [(1, x_mm + 1, y_mm), (0, x_mm, y_mm), (2, -1, y_mm), (u32::MAX, i32::MAX, i32::MIN)]
                .map(|(seq, x_mm, y_mm)| wire::encode(&Move { seq, x_mm, y_mm }))
                .to_vec()
        }
        kinds::ATTACK => (0..5).chain([u32::MAX]).map(|avatar| wire::encode(&Attack { avatar })).collect(),
        kinds::ITEM_MOVE => items()
            .flat_map(|(item, _)| {
                [50, 0, 99, 100, u32::MAX].map(|slot| wire::encode(&ItemMove { item, slot }))
            })
            .collect(),
        kinds::ITEM_SPLIT => items()
            .flat_map(|(item, all)| {
                quantities(all).map(|quantity| wire::encode(&ItemSplit { item, quantity }))
            })
            .collect(),
        kinds::ITEM_MERGE => items()
            .flat_map(|(item, _)| items().map(move |(into, _)| wire::encode(&ItemMerge { item, into })))
            .collect(),
        kinds::ITEM_WEAR => items().map(|(item, _)| wire::encode(&ItemWear { item })).collect(),
        kinds::ITEM_TAKE_OFF => items().map(|(item, _)| wire::encode(&ItemTakeOff { item })).collect(),
        kinds::ITEM_DROP => items()
            .flat_map(|(item, all)| {
                quantities(all).map(|quantity| wire::encode(&ItemDrop { item, quantity }))
            })
            .collect(),
        kinds::ITEM_USE => items().map(|(item, _)| wire::encode(&ItemUse { item })).collect(),
        kinds::SHOP_READ => [1, 3, 0, u32::MAX].map(|shop| wire::encode(&ShopRead { shop })).to_vec(),
        kinds::SHOP_BUY => [
            (1, 40, 1),
            (1, 1, 1),
            (1, 40, 0),
            (1, 40, u32::MAX),
            (1, 61, 1),
            (3, 21, 1),
            (9, 40, 1),
            (1, 0, 1),
        ]
        .map(|(shop, kind, quantity)| wire::encode(&ShopBuy { shop, kind, quantity }))
        .to_vec(),
        kinds::SHOP_SELL => items()
            .flat_map(|(item, all)| {
                let sells = move |shop, quantity| wire::encode(&ShopSell { shop, item, quantity });
                quantities(all)
                    .map(|quantity| sells(1, quantity))
                    .into_iter()
                    .chain([sells(3, 1), sells(0, 1)])
            })
            .collect(),
        kinds::TRADE_ASK => characters().map(|character| wire::encode(&TradeAsk { character })).collect(),
        kinds::TRADE_ANSWER => trades
            .iter()
            .flat_map(|trade| [true, false].map(|yes| wire::encode(&TradeAnswer { trade: *trade, yes })))
            .collect(),
        kinds::TRADE_OFFER => offers(facts),
        kinds::TRADE_ACCEPT => accepts(facts),
        kinds::TRADE_CANCEL => trades.map(|trade| wire::encode(&TradeCancel { trade })).to_vec(),
        kinds::MAIL_SEND => letters(facts),
        kinds::MAIL_LIST => [0, 1, u64::MAX].map(|before| wire::encode(&MailList { before })).to_vec(),
        kinds::MAIL_TAKE => own_letters(facts).map(|mail| wire::encode(&MailTake { mail })).collect(),
        kinds::MAIL_DELETE => own_letters(facts).map(|mail| wire::encode(&MailDelete { mail })).collect(),
        echo::ECHO | echo::ECHO_ALL | echo::WAVE => vec![b"hello".to_vec(), vec![]],
        // What the games' own kinds say is tried in the games; outside their rooms it does not matter.
        kinds::ROOM_KINDS_FIRST.. => vec![vec![]],
        _ => return None,
    })
}

/// Named by a character, by an account, by both or not at all.
fn somebody(facts: &Facts) -> impl Iterator<Item = (String, u64)> {
    let other = facts.others.first().copied().unwrap_or(7);
    let names = ["Bob", "Ida", "Old", "Nobody", "1!1", ""].map(|name| (name.to_owned(), 0));
    let accounts = [other, facts.account, 12_345, u64::MAX].map(|account| (String::new(), account));
    names.into_iter().chain(accounts).chain([("Bob".to_owned(), other)])
}

fn quantities(all: u32) -> [u32; 5] {
    [1, 0, all, all.saturating_add(1), u32::MAX]
}

fn own_letters(facts: &Facts) -> impl Iterator<Item = u64> {
    facts.letters.iter().copied().chain([0, 12_345, u64::MAX])
}

fn offers(facts: &Facts) -> Vec<Vec<u8>> {
    let thing = |(item, quantity)| TradeThing { item, quantity };
    let mut offers: Vec<(u64, i64, Vec<TradeThing>)> =
        [0, 1, -1, 5, GOLD_MAX, GOLD_MAX + 1, i64::MIN].map(|gold| (facts.trade, gold, vec![])).to_vec();
    for (item, all) in facts.items() {
        offers.extend(quantities(all).map(|quantity| (facts.trade, 0, vec![thing((item, quantity))])));
        offers.push((facts.trade, 0, vec![thing((item, all)); 2]));
        offers.push((facts.trade, 0, vec![thing((item, all)); 17]));
    }
    offers.push((facts.trade, 3, facts.bag.iter().copied().take(16).map(thing).collect()));
    offers.extend([0, facts.trade + 1, u64::MAX].map(|trade| (trade, 1, vec![])));
    offers.into_iter().map(|(trade, gold, items)| wire::encode(&TradeOffer { trade, gold, items })).collect()
}

fn accepts(facts: &Facts) -> Vec<Vec<u8>> {
    let Facts { trade, revision, hash, .. } = facts;
    let mut other = hash.clone();
    other[0] ^= 1;
    [
        (*trade, *revision, hash.clone()),
        (*trade, revision + 1, hash.clone()),
        (*trade, 0, hash.clone()),
        (*trade, *revision, other),
        (*trade, *revision, vec![]),
        (*trade, *revision, hash[..31].to_vec()),
        (trade + 1, *revision, hash.clone()),
        (0, 0, vec![]),
        (u64::MAX, u32::MAX, vec![0xff; 33]),
    ]
    .map(|(trade, revision, hash)| wire::encode(&TradeAccept { trade, revision, hash: hash.into() }))
    .to_vec()
}

fn letters(facts: &Facts) -> Vec<Vec<u8>> {
    let plain = MailSend { to: "Bob".to_owned(), text: "hello".to_owned(), ..MailSend::default() };
    let mut letters = Vec::new();
    for to in ["Bob", "Ida", "Una", "Old", "Nobody", ""] {
        letters.push(MailSend { to: to.to_owned(), ..plain.clone() });
        letters.push(MailSend { to: to.to_owned(), gold: 1, ..plain.clone() });
    }
    for gold in [0, -1, GOLD_MAX, GOLD_MAX + 1, i64::MIN] {
        letters.push(MailSend { gold, ..plain.clone() });
    }
    for (item, all) in facts.items() {
        for quantity in quantities(all) {
            letters.push(MailSend { things: vec![MailThing { item, quantity }], ..plain.clone() });
        }
        letters.push(MailSend { things: vec![MailThing { item, quantity: 1 }; 2], ..plain.clone() });
        letters.push(MailSend { things: vec![MailThing { item, quantity: 1 }; 9], ..plain.clone() });
    }
    letters.push(MailSend { text: String::new(), ..plain.clone() });
    letters.push(MailSend { subject: "x".repeat(65), ..plain.clone() });
    letters.push(MailSend { text: "x".repeat(1_025), ..plain });
    letters.iter().map(wire::encode).collect()
}

/// Bodies that are no message at all, but for kinds that take any bytes. None is longer than the kind allows.
pub(super) fn garbage(def: &KindDef) -> Vec<Vec<u8>> {
    let all = [
        vec![0xff],
        vec![0x08],
        vec![0x0a, 0x7f, 1],
        vec![0x0b, 0x0b, 0x0b, 0x0b],
        vec![0xff; 12],
        // The first field as text that is not UTF-8, as a number of eight bytes, as one of four.
        vec![0x0a, 2, 0xc3, 0x28],
        vec![0x09, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x0d, 0xff, 0xff, 0xff],
        [0x08].repeat(def.body_max),
    ];
    all.into_iter().filter(|body| body.len() <= def.body_max).collect()
}

/// Whether a kind's body is a message for everybody, not only for a room, which [`garbage`] is not.
pub(super) fn has_message(kind: u32) -> bool {
    kind < kinds::ROOM_KINDS_FIRST && ![kinds::PING, kinds::PONG].contains(&kind)
}

/// Of Ding and of the bundled rooms, but for the tests' own.
pub(super) fn all(play: &Play) -> Vec<KindDef> {
    let known = play.world.kinds.values().map(|(def, _)| *def);
    let mut all: Vec<KindDef> = known.filter(|def| def.name != "test").collect();
    all.sort_by_key(|def| def.kind);
    all
}

pub(super) fn of_clients(play: &Play) -> Vec<KindDef> {
    all(play).into_iter().filter(|def| def.class != Class::FromServer).collect()
}
