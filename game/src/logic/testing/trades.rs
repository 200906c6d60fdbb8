//! The lines of a script, and of the transcript, that are about trades. A thing on offer is `3*#1`.

use proto::{
    client::{
        TradeAccept, TradeAnswer, TradeAsk, TradeAsked, TradeCancel, TradeCanceled, TradeDone, TradeOffer,
        TradeSide, TradeState, TradeThing,
    },
    kinds,
    packet::Packet,
    wire,
};

use super::{
    Play,
    people::{People, read},
};

impl Play {
    /// A player's line; panics at one that is about something else.
    pub(super) fn trade_does(&mut self, name: &str, does: &[&str]) {
        let person = self.people.person(name);
        let (trade, table) = (person.trade, person.table.clone());
        let (kind, body) = match *does {
            ["asks", character, "to", "trade"] => {
                let body = TradeAsk { character: self.character(character) };
                (kinds::TRADE_ASK, wire::encode(&body))
            }
            ["agrees"] => (kinds::TRADE_ANSWER, wire::encode(&TradeAnswer { trade, yes: true })),
            ["declines"] => (kinds::TRADE_ANSWER, wire::encode(&TradeAnswer { trade, yes: false })),
            ["offers", gold, ref things @ ..] => {
                let gold = gold.parse().unwrap();
                let items = things.iter().map(|thing| self.thing(thing)).collect();
                (kinds::TRADE_OFFER, wire::encode(&TradeOffer { trade, gold, items }))
            }
            ["accepts"] => {
                let body = TradeAccept { trade, revision: table.revision, hash: table.hash };
                (kinds::TRADE_ACCEPT, wire::encode(&body))
            }
            ["accepts", "another", "revision"] => {
                let body = TradeAccept { trade, revision: table.revision + 1, hash: table.hash };
                (kinds::TRADE_ACCEPT, wire::encode(&body))
            }
            ["accepts", "another", "hash"] => {
                let body = TradeAccept { trade, revision: table.revision, hash: vec![7; 32].into() };
                (kinds::TRADE_ACCEPT, wire::encode(&body))
            }
            ["stops", "trading"] => (kinds::TRADE_CANCEL, wire::encode(&TradeCancel { trade })),
            _ => panic!("{name} {}?", does.join(" ")),
        };
        self.command(name, kind, &body);
    }

    fn thing(&self, text: &str) -> TradeThing {
        let (quantity, item) = text.split_once('*').unwrap();
        TradeThing { item: self.item(item), quantity: quantity.parse().unwrap() }
    }
}

impl People {
    /// How a packet is shown; none if it is of another kind.
    pub(super) fn trade_news(&mut self, name: &str, packet: Packet<'_>) -> Option<String> {
        Some(match packet.kind {
            kinds::TRADE_ASKED => {
                let m: TradeAsked = read(packet.body);
                self.person(name).trade = m.trade;
                format!("{name} is asked to trade by {}", m.name)
            }
            kinds::TRADE_STATE => {
                let m: TradeState = read(packet.body);
                self.person(name).table = m.clone();
                let (asker, asked) = (self.side(&m.asker.unwrap()), self.side(&m.asked.unwrap()));
                format!("{name} is offered {}: {asker} for {asked}", m.revision)
            }
            kinds::TRADE_DONE => {
                let m: TradeDone = read(packet.body);
                format!("{name} has traded, has {} gold", m.wallet.unwrap().gold)
            }
            kinds::TRADE_CANCELED => {
                format!("{name} trades no more: {}", read::<TradeCanceled>(packet.body).reason)
            }
            _ => return None,
        })
    }

    fn side(&mut self, side: &TradeSide) -> String {
        let mut parts = vec![side.gold.to_string()];
        for item in &side.items {
            parts.push(format!("{}*{}", item.quantity, self.item_name(item.id)));
        }
        format!("{}{}", parts.join(" "), if side.accepted { " accepted" } else { "" })
    }
}
