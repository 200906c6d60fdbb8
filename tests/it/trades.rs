//! Trades over real sockets and processes (F71): whoever goes at any step, also between the last accept and its answer,
//! what is on offer changes hands whole or not at all.

use proto::{
    client::{
        Answer, Bag, CharCreate, CharEnter, Character, LoggedIn, LoginSecret, ShopBuy, Status, TradeAccept,
        TradeAnswer, TradeAsk, TradeBegun, TradeOffer, TradeState, TradeThing, Wallet,
    },
    kinds,
    prescan::Budget,
    wire,
};

use crate::support::{raw::Raw, root, stack::Stack};

/// Somebody with a character, who comes and goes.
struct Trader {
    raw: Raw,
    login: LoginSecret,
    cseq: u64,
    /// As the last login told: the number of the last command, and which of those before it happened.
    known: (u64, u64),
    character: u64,
}

/// Gold and the ids of things.
type Belongings = (i64, Vec<u64>);

impl Trader {
    fn new(stack: &Stack, name: &str) -> Self {
        let mut raw = Raw::connect(stack.listen);
        let LoggedIn { account, secret, cseq_last, .. } = raw.guest();
        let login = LoginSecret { account, secret };
        let mut trader = Self { raw, login, cseq: cseq_last, known: (0, 0), character: 0 };
        let made = trader.ok(kinds::CHAR_CREATE, &wire::encode(&CharCreate { name: name.to_owned() }));
        trader.character = wire::decode::<Character>(&made, Budget::CLIENT).expect("a character").id;
        trader.enter();
        trader.ok(kinds::SHOP_BUY, &wire::encode(&ShopBuy { shop: 1, kind: 1, quantity: 1 }));
        trader
    }

    fn comes_back(&mut self, stack: &Stack) {
        self.raw = Raw::connect(stack.listen);
        self.raw.hello();
        self.raw.send_packet(kinds::LOGIN_SECRET, 0, &wire::encode(&self.login));
        let (_, body) = self.raw.wait_for(kinds::LOGGED_IN).expect("logged in");
        let LoggedIn { cseq_last, cseq_ok, .. } = wire::decode(&body, Budget::CLIENT).expect("a login");
        (self.cseq, self.known) = (cseq_last, (cseq_last, cseq_ok));
    }

    fn enter(&mut self) {
        self.ok(kinds::CHAR_ENTER, &wire::encode(&CharEnter { character: self.character }));
    }

    fn ok(&mut self, kind: u32, body: &[u8]) -> Vec<u8> {
        self.cseq += 1;
        let answer = self.raw.command(kind, self.cseq, body);
        assert_eq!(answer.status(), Status::Ok, "{kind}: {}", answer.error);
        answer.result.to_vec()
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
            let (_, body) = self.raw.wait_for(kinds::TRADE_STATE).expect("a table");
            let state: TradeState = wire::decode(&body, Budget::CLIENT).expect("a table");
            if state.revision == 2 {
                let TradeState { trade, revision, hash, .. } = state;
                return wire::encode(&TradeAccept { trade, revision, hash });
            }
        }
    }
}

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

/// Steps up to so many: ask, yes, two offers, an accept; and, as the sixth, the last accept, not waited for.
fn trade(ana: &mut Trader, bo: &mut Trader, steps: usize) {
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
    if 5 <= steps {
        let accept = ana.accept();
        ana.ok(kinds::TRADE_ACCEPT, &accept);
        if 6 <= steps {
            bo.cseq += 1;
            bo.raw.send_packet(kinds::TRADE_ACCEPT, bo.cseq, &accept);
        }
    }
}

#[test]
fn who_goes_at_any_step_leaves_gold_and_things_whole() {
    let design = at_shops();
    let setting = format!("game.design={}", design.path().display());
    let stack = Stack::start(&["--set", &setting]);
    let (mut ana, mut bo) = (Trader::new(&stack, "Ida"), Trader::new(&stack, "Bob"));
    let (mut done, mut not_done) = (0, 0);
    for steps in 1..=6 {
        for who_goes in ["ana", "bo", "both"] {
            let case = format!("{who_goes} after {steps} steps");
            let before = [ana.belongings(), bo.belongings()];
            trade(&mut ana, &mut bo, steps);
            let accepted = bo.cseq;
            // A connection that is opened in the place of the old one closes that.
            if who_goes != "bo" {
                ana.comes_back(&stack);
                ana.enter();
            }
            if who_goes != "ana" {
                bo.comes_back(&stack);
                bo.enter();
            } else if steps == 6 {
                // Its answer says what became of it, and comes before all later ones.
                let (re, body) = bo.raw.wait_for(kinds::ANSWER).expect("an answer");
                let answer: Answer = wire::decode(&body, Budget::CLIENT).expect("an answer");
                assert_eq!(re, accepted);
                bo.known = (accepted, u64::from(answer.status() == Status::Ok));
            } else {
                bo.raw.wait_for(kinds::TRADE_CANCELED).expect("told");
            }
            if who_goes == "bo" && steps < 6 {
                ana.raw.wait_for(kinds::TRADE_CANCELED).expect("told");
            }
            let after = [ana.belongings(), bo.belongings()];
            let (last, ok) = bo.known;
            let was_told = last.checked_sub(accepted).is_some_and(|age| ok >> age & 1 == 1);
            assert_eq!(steps == 6 && was_told, after != before, "{case}: what it was told is what happened");
            if after == before {
                not_done += 1;
                continue;
            }
            let [(ana_gold, ana_has), (bo_gold, bo_has)] = before;
            assert_eq!(steps, 6, "{case}");
            assert_eq!(after, [(ana_gold + 10, bo_has), (bo_gold - 10, ana_has)], "{case}");
            done += 1;
        }
    }
    println!("{done} done, {not_done} not");
    assert_eq!(done + not_done, 18);
    assert!(15 <= not_done, "an accept that was not sent makes no trade");
    assert!(stack.stop().status.success());
}
