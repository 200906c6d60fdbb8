//! A player of the market at a scripted server: answers right and wrong, connections that die in the middle.

use bytes::Bytes;
use client::{Outcome, Push};
use proto::{
    client::{
        Bag, BagChanged, CharCreate, Character, Characters, Entered, Item, LoggedIn, Mails, MapFacts,
        ShopBuy, ShopDeal, ShopWare, ShopWares, TradeAccept, TradeAsked, TradeBegun, TradeCanceled,
        TradeDone, TradeItem, TradeSide, TradeState, Wallet,
    },
    kinds::{
        BAG_READ, CHAR_CREATE, CHAR_ENTER, CHAR_LEAVE, CHAR_LIST, MAIL_LIST, PAY, SHOP_BUY, SHOP_READ,
        TRADE_ACCEPT, TRADE_ANSWER, TRADE_ASK, TRADE_OFFER, WALLET_READ,
    },
    prescan::Budget,
    wire::{decode, encode},
};

use std::time::{Duration, Instant};

use crate::{
    Deal, DealKind, Options, PaymentOutcome, Rates, Scenario,
    logic::{
        market::errand::Errand,
        player::{Phase, Player, What, tests::tell_fates},
        world::World,
    },
};

/// Player 0 of two; the test answers for the server, which knows its gold and its things.
struct Script {
    world: World,
    player: Player,
    options: Options,
    start: Instant,
    now: Instant,
    phase: Phase,
    cseq: u64,
    session_gen: u32,
    wallet: Wallet,
    bag: Bag,
}

impl Script {
    /// In the world, at a shop; of what it does on schedule only what `rates` says.
    fn new(rates: Rates) -> Self {
        let options = Options {
            players: 2,
            scenario: Scenario::Market,
            duration: Duration::from_secs(10),
            deal_log: Some("unused".into()),
            rates,
            ..Options::new("")
        };
        // Any moment will do: all times of a test are counted from it.
        let start = tokio::time::Instant::now().into_std();
        let mut script = Self {
            world: World::new(&options, 77),
            player: Player::new(0, &options),
            options,
            start,
            now: start,
            phase: Phase::Enter,
            cseq: 0,
            session_gen: 0,
            wallet: Wallet { gold: 1_000, ver: 1 },
            bag: Bag { items: vec![item(500, 40, 6, 0)] },
        };
        script.login(0, 0);
        script.phase = Phase::Play { since: start, lasts: script.options.duration };
        script
    }

    /// Comes in and answers all that it asks then.
    fn login(&mut self, cseq_last: u64, cseq_ok: u64) {
        self.session_gen += 1;
        self.cseq = cseq_last;
        let secret: Bytes = vec![1; 32].into();
        let reply = LoggedIn {
            account: 10,
            session_gen: self.session_gen,
            cseq_last,
            cseq_ok,
            secret,
            ..LoggedIn::default()
        };
        tell_fates(&mut self.player, &reply, self.now, &mut self.world);
        self.player.logged_in(&reply, self.now, &mut self.world);
        while !self.player.is_settled() {
            let (cseq, kind, body) = self.send().expect("it asks");
            self.answer(cseq, Outcome::Ok(self.result(kind, &body).into()));
        }
    }

    /// What a server answers that only looks.
    fn result(&self, kind: u32, body: &[u8]) -> Vec<u8> {
        let character = |name: &str| Character { id: 1_000, name: name.to_owned(), ..Character::default() };
        match kind {
            WALLET_READ => encode(&self.wallet),
            CHAR_LIST => encode(&Characters::default()),
            CHAR_CREATE => {
                let create: CharCreate = decode(body, Budget::CLIENT).expect("our own");
                encode(&character(&create.name))
            }
            CHAR_ENTER => {
                let map = Some(MapFacts { x_mm: 245_000, y_mm: 260_000, ..MapFacts::default() });
                encode(&Entered { character: Some(character("Ana")), map })
            }
            CHAR_LEAVE => Vec::new(),
            BAG_READ => encode(&self.bag),
            MAIL_LIST => encode(&Mails::default()),
            SHOP_READ => {
                let wares = vec![ShopWare { kind: 40, buy: Some(4), sell: None }];
                encode(&ShopWares { wares, ..ShopWares::default() })
            }
            kind => panic!("kind {kind}"),
        }
    }

    /// The next order, sent.
    fn send(&mut self) -> Option<(u64, u32, Vec<u8>)> {
        let order = self.player.next_order(self.phase, self.now, &mut self.world)?;
        self.cseq += 1;
        let (kind, body) = (order.kind, order.body.clone());
        self.player.sent(self.cseq, order, &mut self.world);
        Some((self.cseq, kind, body))
    }

    /// By which name a command has to be refused, if it has to be.
    fn refusal(&self, cseq: u64) -> Option<&'static str> {
        match &self.player.pending.get(&cseq)?.what {
            What::Market(dealing) if matches!(dealing.errand, Errand::Probe { .. }) => {
                dealing.codes.first().copied()
            }
            _ => None,
        }
    }

    /// Lets time pass until it sends this, and answers looks meanwhile and refuses what has to be.
    fn until(&mut self, wanted: u32) -> (u64, Vec<u8>) {
        loop {
            match self.send() {
                Some((cseq, kind, body)) if kind == wanted => return (cseq, body),
                Some((cseq, kind, body)) => {
                    let outcome = match self.refusal(cseq) {
                        Some(code) => Outcome::Rejected(code.to_owned()),
                        None => Outcome::Ok(self.result(kind, &body).into()),
                    };
                    self.answer(cseq, outcome);
                }
                None => self.now += Duration::from_millis(50),
            }
            assert!(self.now < self.start + Duration::from_secs(10), "kind {wanted} does not come");
        }
    }

    fn answer(&mut self, cseq: u64, outcome: Outcome) {
        self.player.on_answer(cseq, outcome, self.phase, self.now, &mut self.world);
    }

    fn push(&mut self, push: Push) {
        self.player.on_push(push, self.now, &mut self.world);
    }

    /// Buys something; its command and how many loaves.
    fn buys(&mut self) -> (u64, u32) {
        let (cseq, body) = self.until(SHOP_BUY);
        let ShopBuy { kind, quantity, .. } = decode(&body, Budget::CLIENT).expect("our own");
        assert_eq!(kind, 40);
        (cseq, quantity)
    }

    /// The server's side of that: so many loaves for four each.
    fn sold(&mut self, quantity: u32) {
        self.wallet = Wallet { gold: self.wallet.gold - i64::from(quantity) * 4, ver: self.wallet.ver + 1 };
        self.bag.items[0].quantity += quantity;
    }

    /// Tells of it.
    fn tell_sold(&mut self, cseq: u64) {
        self.push(Push::BagChanged(BagChanged { changed: self.bag.items.clone(), gone: vec![] }));
        let deal = ShopDeal { wallet: Some(self.wallet), lsn: 100 + cseq };
        self.answer(cseq, Outcome::Ok(encode(&deal).into()));
    }

    /// Somebody asks, gives a knife (600) for what this one offers, and this one has accepted: what it gives.
    fn trades(&mut self) -> TradeState {
        let asked = TradeAsked { trade: 3, character: 1_001, ..TradeAsked::default() };
        self.push(Push::TradeAsked(asked));
        let (cseq, _) = self.until(TRADE_ANSWER);
        let side = |character| TradeSide { character, ..TradeSide::default() };
        let (mut theirs, mut mine) = (side(1_001), side(1_000));
        let shown = |revision, theirs: &TradeSide, mine: &TradeSide| {
            let (asker, asked) = (Some(theirs.clone()), Some(mine.clone()));
            let mut shown = TradeState { trade: 3, revision, asker, asked, ..TradeState::default() };
            shown.hash = client::trade_hash(&shown).expect("two sides").to_vec().into();
            shown
        };
        self.push(Push::TradeState(shown(0, &theirs, &mine)));
        self.answer(cseq, Outcome::Ok(Bytes::new()));
        let mut revision = 0;
        loop {
            let (cseq, kind, body) = match self.send() {
                Some(sent) => sent,
                None if theirs.items.is_empty() => {
                    theirs.items = vec![TradeItem { id: 600, kind: 1, quantity: 1 }];
                    revision += 1;
                    self.push(Push::TradeState(shown(revision, &theirs, &mine)));
                    continue;
                }
                None => panic!("it waits"),
            };
            match kind {
                TRADE_OFFER => {
                    let offer: proto::client::TradeOffer = decode(&body, Budget::CLIENT).expect("our own");
                    mine.gold = offer.gold;
                    let item = |thing: &proto::client::TradeThing| TradeItem {
                        id: thing.item,
                        kind: 40,
                        quantity: thing.quantity,
                    };
                    mine.items = offer.items.iter().map(item).collect();
                    revision += 1;
                    self.push(Push::TradeState(shown(revision, &theirs, &mine)));
                    self.answer(cseq, Outcome::Ok(Bytes::new()));
                }
                TRADE_ACCEPT => {
                    let accept: TradeAccept = decode(&body, Budget::CLIENT).expect("our own");
                    let state = shown(revision, &theirs, &mine);
                    if (accept.revision, &accept.hash) != (revision, &state.hash) || theirs.items.is_empty() {
                        self.answer(cseq, Outcome::Rejected("offer_changed".to_owned()));
                        continue;
                    }
                    mine.accepted = true;
                    self.push(Push::TradeState(shown(revision, &theirs, &mine)));
                    self.answer(cseq, Outcome::Ok(Bytes::new()));
                    return state;
                }
                kind => panic!("kind {kind}"),
            }
        }
    }

    /// The server's side of a trade that is made.
    fn traded(&mut self, state: &TradeState) {
        let mine = state.asked.clone().expect("there");
        if mine.gold != 0 {
            self.wallet = Wallet { gold: self.wallet.gold - mine.gold, ver: self.wallet.ver + 1 };
        }
        self.bag.items.retain(|item| mine.items.iter().all(|given| given.id != item.id));
        self.bag.items.push(item(600, 1, 1, 7));
    }

    /// The connection dies and it comes back.
    fn comes_back(&mut self, cseq_last: u64, cseq_ok: u64) {
        self.player.disconnected(&mut self.world);
        self.login(cseq_last, cseq_ok);
    }

    /// What was found, and how deals of a kind ended.
    fn end(self, deed: DealKind) -> (Vec<String>, Vec<PaymentOutcome>) {
        let mut world = self.world;
        let deals: Vec<Deal> = world.deals.take().unwrap_or_default();
        let report = world.unfinished(&self.options, Duration::from_secs(10));
        let outcomes = deals.iter().filter(|deal| deal.deed == deed).map(|deal| deal.outcome).collect();
        (report.wrong.into_iter().map(|wrong| wrong.code).collect(), outcomes)
    }
}

fn item(id: u64, kind: u32, quantity: u32, slot: u32) -> Item {
    Item { id, kind, quantity, place: 1, slot }
}

/// Nothing on schedule.
fn never() -> Rates {
    let never = 0.001;
    Rates { trade_per_s: never, mail_per_s: never, shop_per_s: never, probe_per_s: never, ..Rates::default() }
}

fn shopping() -> Rates {
    Rates { shop_per_s: 5.0, ..never() }
}

#[test]
fn a_deal_told_rightly_is_right() {
    let mut script = Script::new(shopping());
    for _ in 0..3 {
        let (cseq, quantity) = script.buys();
        script.sold(quantity);
        script.tell_sold(cseq);
    }
    assert_eq!(script.end(DealKind::ShopBuy), (vec![], vec![PaymentOutcome::Ok; 3]));
}

#[test]
fn a_deal_that_costs_more_gives_less_or_is_refused_for_nothing_is_found() {
    let mut script = Script::new(shopping());
    let (cseq, quantity) = script.buys();
    script.sold(quantity);
    script.wallet.gold -= 1;
    script.tell_sold(cseq);
    let (cseq, quantity) = script.buys();
    script.sold(quantity);
    script.bag.items[0].quantity -= 1;
    script.tell_sold(cseq);
    let (cseq, _) = script.buys();
    script.answer(cseq, Outcome::Rejected("not_enough_gold".to_owned()));
    let outcomes = vec![PaymentOutcome::Ok, PaymentOutcome::Ok, PaymentOutcome::Rejected];
    let wrong = ["wallet_gold", "bag_change", "refused_wrongly"].map(str::to_owned).to_vec();
    assert_eq!(script.end(DealKind::ShopBuy), (wrong, outcomes));
}

#[test]
fn a_deal_without_an_answer_is_what_the_next_login_says_and_bag_and_wallet_must_agree() {
    for (told, is, wrong) in [
        (true, true, vec![]),
        (false, false, vec![]),
        (true, false, vec!["wallet_ver", "bag_read"]),
        (false, true, vec!["wallet_ver", "bag_read"]),
    ] {
        let mut script = Script::new(shopping());
        let (cseq, quantity) = script.buys();
        if is {
            script.sold(quantity);
        }
        script.comes_back(cseq, u64::from(told));
        let outcome = if told { PaymentOutcome::Happened } else { PaymentOutcome::DidNot };
        let wrong: Vec<String> = wrong.into_iter().map(str::to_owned).collect();
        assert_eq!(script.end(DealKind::ShopBuy), (wrong, vec![outcome]), "told {told}, is {is}");
    }
}

#[test]
fn a_trade_that_is_done_changes_exactly_what_lay_there() {
    let mut script = Script::new(never());
    let state = script.trades();
    script.traded(&state);
    let given = state.asked.clone().expect("there").items;
    let news =
        BagChanged { changed: vec![item(600, 1, 1, 7)], gone: given.iter().map(|item| item.id).collect() };
    script.push(Push::BagChanged(news));
    script.push(Push::TradeDone(TradeDone { trade: 3, lsn: 900, wallet: Some(script.wallet) }));
    assert_eq!(script.end(DealKind::TradeDone), (vec![], vec![PaymentOutcome::Ok]));
}

#[test]
fn a_trade_whose_end_nobody_heard_is_made_or_not_but_never_half() {
    for (bag, wallet) in [(true, true), (false, false), (true, false)] {
        let mut script = Script::new(never());
        let state = script.trades();
        let before = script.wallet;
        if bag {
            script.traded(&state);
        }
        if !wallet {
            script.wallet = before;
        }
        let accept = script.cseq;
        script.comes_back(accept, 1);
        let gold = state.asked.expect("there").gold;
        let (wrong, outcomes) = script.end(DealKind::TradeDone);
        if bag == wallet || gold == 0 {
            let outcome = if bag { PaymentOutcome::Happened } else { PaymentOutcome::DidNot };
            assert_eq!((wrong, outcomes), (vec![], vec![outcome]));
        } else {
            assert!(wrong.contains(&"trade_half".to_owned()), "{wrong:?}");
        }
    }
}

#[test]
fn an_abuse_that_is_accepted_or_refused_by_another_name_is_found() {
    let mut script = Script::new(Rates { probe_per_s: 20.0, ..never() });
    let mut refused = 0;
    let (cseq, _) = loop {
        if refused == 0 {
            let (cseq, _) = script.until(PAY);
            script.answer(cseq, Outcome::Rejected("internal".to_owned()));
            refused += 1;
            continue;
        }
        break script.until(PAY);
    };
    script.answer(cseq, Outcome::Ok(Bytes::new()));
    let (wrong, outcomes) = script.end(DealKind::Pay);
    assert_eq!(
        (wrong, outcomes),
        (vec!["refused_wrongly".to_owned(), "abuse_accepted".to_owned()], vec![PaymentOutcome::Rejected])
    );
}

#[test]
fn who_asks_while_somebody_asks_and_goes_away_again_is_in_his_own_trade() {
    let mut script = Script::new(Rates { trade_per_s: 5.0, ..never() });
    let at = script.world.fair.look(0).and_then(|stall| stall.at);
    let stall = script.world.fair.stall(1);
    (stall.character, stall.at, stall.is_free) = (1_001, at, true);
    let (cseq, _) = script.until(TRADE_ASK);
    script.push(Push::TradeAsked(TradeAsked { trade: 8, character: 1_002, ..TradeAsked::default() }));
    let canceled = |trade| Push::TradeCanceled(TradeCanceled { trade, reason: "left".to_owned() });
    script.push(canceled(8));
    let begun = TradeBegun { trade: 9, answer_within_ms: 30_000 };
    script.answer(cseq, Outcome::Ok(encode(&begun).into()));
    script.push(canceled(9));
    assert_eq!(script.end(DealKind::TradeDone).0, Vec::<String>::new());
}
