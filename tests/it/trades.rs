//! Trades over real sockets and processes (F71): whoever goes at any step, also between the last accept and its answer, and
//! however and whether it comes back, what is on offer changes hands whole or not at all.

use std::net::Shutdown;

use proto::{
    client::{
        Bag, CharCreate, CharEnter, Character, ShopBuy, Status, TradeAccept, TradeAnswer, TradeAsk,
        TradeBegun, TradeCancel, TradeOffer, TradeState, TradeThing, Wallet,
    },
    kinds,
    prescan::Budget,
    wire,
};

use crate::support::{
    player::Player,
    root,
    stack::{Role, Stack},
};

/// How somebody goes, and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It logs in over another connection, which closes the one before.
    LogsIn,
    /// Its connection goes, and it resumes over another one.
    Resumes,
    /// It resumes while the connection before still seems to live: it was never away.
    ResumesEarly,
    /// Its connection goes, and when everybody has seen what became of the trade, it logs in another day.
    StaysAway,
}

/// Somebody with a character, who comes and goes.
struct Trader {
    player: Player,
    character: u64,
}

/// Gold and the ids of things.
type Belongings = (i64, Vec<u64>);

impl Trader {
    fn new(stack: &Stack, name: &str) -> Self {
        let mut trader = Self { player: Player::guest(stack.listen), character: 0 };
        let made = trader.ok(kinds::CHAR_CREATE, &wire::encode(&CharCreate { name: name.to_owned() }));
        trader.character = wire::decode::<Character>(&made, Budget::CLIENT).expect("a character").id;
        trader.enter();
        trader.ok(kinds::SHOP_BUY, &wire::encode(&ShopBuy { shop: 1, kind: 1, quantity: 1 }));
        trader
    }

    fn goes(&self, how: How) {
        if matches!(how, How::Resumes | How::StaysAway) {
            self.player.raw.socket().shutdown(Shutdown::Both).expect("a socket");
        }
    }

    /// Comes back. Whether the accept that it sent last, if it did, was executed.
    fn comes_back(&mut self, how: How, accept: Option<&Sent>) -> bool {
        if matches!(how, How::LogsIn | How::StaysAway) {
            self.player.comes_by_secret().expect("a login");
            let known = &self.player.known;
            let age = accept.and_then(|(cseq, _)| known.cseq_last.checked_sub(*cseq));
            let was_ok = age.is_some_and(|age| known.cseq_ok >> age & 1 == 1);
            self.enter();
            return was_ok;
        }
        let Some((cseq, body)) = accept else {
            self.player.resumes().expect("its token");
            return false;
        };
        if self.player.resumes_where_it_is().expect("its token") < *cseq {
            // It never arrived: it is said again, and comes too late for a trade that ended with the connection.
            self.player.raw.send_packet(kinds::TRADE_ACCEPT, *cseq, body);
        }
        self.hears_of(*cseq)
    }

    /// The answer to its accept, if that was sent; it comes before all later ones.
    fn hears_of(&mut self, cseq: u64) -> bool {
        self.player.answers(cseq).expect("an answer").status() == Status::Ok
    }

    fn enter(&mut self) {
        self.ok(kinds::CHAR_ENTER, &wire::encode(&CharEnter { character: self.character }));
    }

    fn ok(&mut self, kind: u32, body: &[u8]) -> Vec<u8> {
        self.player.ok(kind, body)
    }

    fn belongings(&mut self) -> Belongings {
        let wallet: Wallet =
            wire::decode(&self.ok(kinds::WALLET_READ, &[]), Budget::CLIENT).expect("a wallet");
        let bag: Bag = wire::decode(&self.ok(kinds::BAG_READ, &[]), Budget::CLIENT).expect("a bag");
        (wallet.gold, bag.items.iter().map(|item| item.id).collect())
    }

    fn offer(&mut self, trade: u64, gold: i64, item: u64) {
        let items = vec![TradeThing { item, quantity: 1 }];
        self.ok(kinds::TRADE_OFFER, &wire::encode(&TradeOffer { trade, gold, items }));
    }

    /// What both have offered, as an accept names it.
    fn accept(&mut self) -> Vec<u8> {
        loop {
            let (_, body) = self.player.raw.wait_for(kinds::TRADE_STATE).expect("a table");
            let state: TradeState = wire::decode(&body, Budget::CLIENT).expect("a table");
            if state.revision == 2 {
                let TradeState { trade, revision, hash, .. } = state;
                return wire::encode(&TradeAccept { trade, revision, hash });
            }
        }
    }

    fn is_told_that_it_is_over(&mut self, what: &str) {
        loop {
            match self.player.next() {
                Some((kinds::TRADE_CANCELED, ..)) => return,
                Some((kinds::CLOSE, _, body)) => {
                    panic!("{what}: closed as {}", String::from_utf8_lossy(&body))
                }
                None => panic!("{what}: not told"),
                Some(_) => {}
            }
        }
    }
}

/// A command without an answer: its number and body.
type Sent = (u64, Vec<u8>);

/// All spawn points but the one between the shops are gone.
fn at_shops() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(root().join("design")).expect("the bundled tables") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a file"))).expect("copied");
    }
    let map = folder.path().join("map.toml");
    let text = std::fs::read_to_string(&map).expect("a map");
    let (head, rest) = text.split_once("[[spawn]]\n").expect("spawn points");
    let monsters = &rest[rest.find("[[monster]]\n").expect("monsters")..];
    let text = format!("{head}[[spawn]]\nx_mm = 250000\ny_mm = 250000\n\n{monsters}");
    std::fs::write(&map, text).expect("written");
    folder
}

/// Steps up to so many: ask, yes, two offers, an accept; and, as the sixth, the last accept, not waited for. The trade,
/// and that accept.
fn trade(ana: &mut Trader, bo: &mut Trader, steps: usize) -> (u64, Option<Sent>) {
    let (ana_has, bo_has) = (ana.belongings().1[0], bo.belongings().1[0]);
    let asked = ana.ok(kinds::TRADE_ASK, &wire::encode(&TradeAsk { character: bo.character }));
    let trade = wire::decode::<TradeBegun>(&asked, Budget::CLIENT).expect("a trade").trade;
    let yes = TradeAnswer { trade, yes: true };
    if 2 <= steps {
        bo.ok(kinds::TRADE_ANSWER, &wire::encode(&yes));
    }
    if 3 <= steps {
        ana.offer(trade, 10, ana_has);
    }
    if 4 <= steps {
        bo.offer(trade, 20, bo_has);
    }
    if steps < 5 {
        return (trade, None);
    }
    let accept = ana.accept();
    ana.ok(kinds::TRADE_ACCEPT, &accept);
    if steps < 6 {
        return (trade, None);
    }
    bo.player.sends(kinds::TRADE_ACCEPT, &accept);
    (trade, Some((bo.player.cseq, accept)))
}

/// A trade of which some go after so many steps. Whether it was made.
fn case(stack: &Stack, [ana, bo]: [&mut Trader; 2], steps: usize, goes: [bool; 2], how: How) -> bool {
    let what = format!("{goes:?} after {steps} steps: {how:?}");
    let before = [ana.belongings(), bo.belongings()];
    let (trade, accept) = trade(ana, bo, steps);
    let going = || goes.iter().filter(|goes| **goes).count();
    let mut both = [ana, bo];
    both.iter().zip(goes).filter(|(_, goes)| *goes).for_each(|(trader, _)| trader.goes(how));
    if matches!(how, How::Resumes | How::StaysAway) {
        let away = i64::try_from(going()).expect("two");
        stack.until("they are away", || stack.figure(Role::Game, "sessions_away") == away);
    }
    let mut was_ok = false;
    if how == How::StaysAway && steps < 6 {
        // Whoever has stayed knows it before the other is back.
        both.iter_mut().zip(goes).filter(|(_, goes)| !*goes).for_each(|(trader, _)| {
            trader.is_told_that_it_is_over(&what);
        });
    }
    for (side, trader) in both.iter_mut().enumerate() {
        let accept = accept.as_ref().filter(|_| side == 1);
        if goes[side] {
            was_ok |= trader.comes_back(how, accept);
        } else if let Some((cseq, _)) = accept {
            was_ok |= trader.hears_of(*cseq);
        }
    }
    match how {
        How::ResumesEarly if steps < 6 => {
            // Nobody was away: the trade goes on, until somebody does not want it any more.
            both[0].player.sends(kinds::TRADE_CANCEL, &wire::encode(&TradeCancel { trade }));
            both.iter_mut().for_each(|trader| trader.is_told_that_it_is_over(&what));
        }
        How::Resumes if steps < 6 => both.iter_mut().for_each(|trader| trader.is_told_that_it_is_over(&what)),
        How::LogsIn if steps < 6 => {
            both.iter_mut().zip(goes).filter(|(_, goes)| !*goes).for_each(|(trader, _)| {
                trader.is_told_that_it_is_over(&what);
            });
        }
        _ => {}
    }
    let [ana, bo] = both;
    let after = [ana.belongings(), bo.belongings()];
    assert_eq!(was_ok, after != before, "{what}: what it was told is what happened");
    if was_ok {
        let [(ana_gold, ana_has), (bo_gold, bo_has)] = before;
        assert_eq!(after, [(ana_gold + 10, bo_has), (bo_gold - 10, ana_has)], "{what}");
    }
    assert!(steps == 6 || !was_ok, "{what}: an accept that was not sent makes no trade");
    was_ok
}

#[test]
fn who_goes_at_any_step_leaves_gold_and_things_whole() {
    let design = at_shops();
    let setting = format!("game.design={}", design.path().display());
    let settings = [&setting, "game.commands_per_s=10000", "game.commands_burst=10000"];
    let stack = Stack::start(&settings.map(|setting| ["--set", setting]).concat());
    let (mut ana, mut bo) = (Trader::new(&stack, "Ida"), Trader::new(&stack, "Bob"));
    let (mut done, mut not_done) = (0, 0);
    for how in [How::LogsIn, How::Resumes, How::ResumesEarly, How::StaysAway] {
        for steps in 1..=6 {
            for goes in [[true, false], [false, true], [true, true]] {
                let was_made = case(&stack, [&mut ana, &mut bo], steps, goes, how);
                (done, not_done) = (done + u32::from(was_made), not_done + u32::from(!was_made));
            }
        }
    }
    println!("{done} done, {not_done} not");
    assert_eq!(done + not_done, 72);
    assert!(stack.stop().status.success());
}
