//! Anything in any order: three players with several characters each, who trade, pay, write, come and go; time passes,
//! disks wait, game dies. After each step the models agree, and in the end gold and things are where they must be.

use proto::kinds::{BIND_NAME, Class, KindDef};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{
    kinds::{Facts, of_clients, says},
    watched::Watched,
};
use crate::logic::{event::WorldConfig, testing::Play};

const PLAYERS: [(&str, &str); 3] = [("ana", "Ida"), ("bo", "Bob"), ("cy", "Cid")];

#[test]
fn whatever_is_sent_in_whatever_order_the_models_agree() {
    let is_full = std::env::var_os("DING_TIER").is_some_and(|tier| tier == "full");
    let mut traded = 0;
    for seed in 0..if is_full { 400 } else { 20 } {
        traded += play_with(seed);
    }
    assert!(10 < traded, "{traded} trades");
}

/// How often two came to an exchange.
fn play_with(seed: u64) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
    let config = WorldConfig {
        preload: false,
        cache_accounts_max: if seed.is_multiple_of(2) { 1 } else { 100 },
        commands_burst: 1_000_000,
        chat_per_s: 1_000,
        guests_per_address_per_hour: 1_000_000,
        inflight_records_max: if seed.is_multiple_of(3) { 4 } else { 1_000 },
        ..WorldConfig::default()
    };
    let mut watched = Watched::new(Play::new(config));
    for (name, character) in PLAYERS {
        watched.arrives(name, character);
        watched.play.run(&format!("{name} buys 5 of 40 in 1\n{name} buys 2 of 1 in 1"));
    }
    // Who has a name comes back by its password alone.
    let mut all = of_clients(&watched.play);
    all.retain(|def| def.kind != BIND_NAME);
    let kinds: Vec<u32> = all.iter().map(|def| def.kind).collect();
    let is_command = |def: &&KindDef| def.class == Class::Command;
    let commands: Vec<u32> = all.iter().filter(is_command).map(|def| def.kind).collect();
    let of_trades: Vec<u32> = kinds.iter().copied().filter(|kind| (120..=124).contains(kind)).collect();
    let mut traded = 0;
    for step in 0..400 {
        let (name, character) = PLAYERS[pick(3)];
        let is_there = watched.play.people.all[name].is_in;
        let before = watched.deals.all.len();
        match pick(100) {
            0 => watched.drops_if_there(name),
            1 => watched.logs_in(name),
            2 => watched.passes([70, 700, 5_000, 31_000][pick(4)]),
            3 if pick(6) == 0 => watched.game_dies(),
            4 => watched.play.held.syncs = true,
            5..=7 => watched.lets_syncs(),
            8 if is_there => watched.dies(name),
            9..=11 if !is_there => watched.logs_in(name),
            9..=11 if watched.life.plays(watched.account(name)).is_none() => {
                let body = proto::wire::encode(&proto::client::CharEnter {
                    character: watched.play.people.characters[character],
                });
                watched.does(name, proto::kinds::CHAR_ENTER, &body);
            }
            12..=50 if is_there => try_to_trade(&mut watched, name, &mut pick),
            51.. if is_there => {
                let of = [&of_trades, &commands, &commands, &kinds][if pick(12) == 0 { 3 } else { pick(3) }];
                let kind = of[pick(of.len())];
                let bodies = says(&Facts::of(&watched, name), kind).unwrap();
                // A number beyond those that may wait would be the end of the connection.
                if watched.unanswered(name) < 60 {
                    watched.does(name, kind, &bodies[pick(bodies.len())]);
                }
            }
            _ => {}
        }
        if !watched.play.held.syncs && step % 10 == 0 {
            watched.check_rows(&format!("seed {seed} step {step}"));
        }
        traded += usize::from(watched.deals.all.len() < before);
    }
    watched.lets_syncs();
    watched.check_rows(&format!("seed {seed}"));
    let done = watched.play.people.transcript.iter().filter(|line| line.contains(" has traded")).count();
    assert!(done / 2 <= traded, "seed {seed}: {done} of {traded}");
    done / 2
}

/// What would bring its trade on.
fn try_to_trade(watched: &mut Watched, name: &str, pick: &mut impl FnMut(usize) -> usize) {
    use proto::{client, kinds, wire};
    if 55 < watched.unanswered(name) {
        return;
    }
    let Some(me) = watched.life.plays(watched.account(name)) else { return };
    let Some(deal) = watched.deals.of(me).cloned() else {
        let (other, _) = PLAYERS[pick(3)];
        if let Some(character) = watched.life.plays(watched.account(other)) {
            watched.does(name, kinds::TRADE_ASK, &wire::encode(&client::TradeAsk { character }));
        }
        return;
    };
    let trade = deal.id;
    let is_mine = deal.side_of(me) == Some(1);
    if !deal.is_open {
        if is_mine {
            watched.does(name, kinds::TRADE_ANSWER, &wire::encode(&client::TradeAnswer { trade, yes: true }));
        }
    } else if deal.sides.iter().all(|side| side.gold == 0 && side.things.is_empty()) {
        let mut own: Vec<_> = watched.play.store.rows::<proto::tables::ItemRow>();
        own.retain(|row| row.holder == me && row.place == proto::tables::Place::Bag as u32);
        let thing =
            |row: &proto::tables::ItemRow| client::TradeThing { item: row.id, quantity: row.quantity };
        let items = own.iter().take(pick(3)).map(thing).collect();
        let gold = i64::try_from(pick(20)).unwrap();
        watched.does(name, kinds::TRADE_OFFER, &wire::encode(&client::TradeOffer { trade, gold, items }));
    } else if !deal.sides[usize::from(is_mine)].has_accepted {
        let body = client::TradeAccept { trade, revision: deal.revision, hash: deal.hash().into() };
        watched.does(name, kinds::TRADE_ACCEPT, &wire::encode(&body));
    }
}
