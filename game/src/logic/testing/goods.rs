//! The lines of a script, and of the transcript, that are about things. An item is `#1` if it was the first one
//! that anybody saw.

use proto::{
    client::{
        Bag, BagChanged, Item, ItemDrop, ItemMerge, ItemMove, ItemSplit, ItemTakeOff, ItemUse, ItemWear,
        ShopBuy, ShopDeal, ShopRead, ShopSell, ShopWares,
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
    /// A player's line.
    pub(super) fn goods_does(&mut self, name: &str, does: &[&str]) {
        let number = |text: &str| text.parse::<u32>().unwrap();
        let (kind, body) = match *does {
            ["looks", "into", "the", "bag"] => (kinds::BAG_READ, vec![]),
            ["lays", item, "at", slot] => {
                let body = ItemMove { item: self.item(item), slot: number(slot) };
                (kinds::ITEM_MOVE, wire::encode(&body))
            }
            ["parts", quantity, "of", item] => {
                let body = ItemSplit { item: self.item(item), quantity: number(quantity) };
                (kinds::ITEM_SPLIT, wire::encode(&body))
            }
            ["lays", item, "to", into] => {
                let body = ItemMerge { item: self.item(item), into: self.item(into) };
                (kinds::ITEM_MERGE, wire::encode(&body))
            }
            ["puts", "on", item] => (kinds::ITEM_WEAR, wire::encode(&ItemWear { item: self.item(item) })),
            ["takes", "off", item] => {
                (kinds::ITEM_TAKE_OFF, wire::encode(&ItemTakeOff { item: self.item(item) }))
            }
            ["throws", "away", quantity, "of", item] => {
                let body = ItemDrop { item: self.item(item), quantity: number(quantity) };
                (kinds::ITEM_DROP, wire::encode(&body))
            }
            ["uses", item] => (kinds::ITEM_USE, wire::encode(&ItemUse { item: self.item(item) })),
            ["looks", "at", "shop", shop] => {
                (kinds::SHOP_READ, wire::encode(&ShopRead { shop: number(shop) }))
            }
            ["buys", quantity, "of", kind, "in", shop] => {
                let body = ShopBuy { shop: number(shop), kind: number(kind), quantity: number(quantity) };
                (kinds::SHOP_BUY, wire::encode(&body))
            }
            ["sells", quantity, "of", item, "in", shop] => {
                let body = ShopSell { shop: number(shop), item: self.item(item), quantity: number(quantity) };
                (kinds::SHOP_SELL, wire::encode(&body))
            }
            _ => return self.fight_does(name, does),
        };
        self.command(name, kind, &body);
    }

    pub(super) fn item(&self, name: &str) -> u64 {
        let Some(index) = name.strip_prefix('#') else { return name.parse().unwrap() };
        self.people.items[index.parse::<usize>().unwrap() - 1]
    }
}

impl People {
    /// How an OK is shown.
    pub(super) fn goods_answer(&mut self, kind: u32, result: &[u8]) -> String {
        match kind {
            kinds::BAG_READ => {
                let bag: Bag = read(result);
                let items: Vec<String> = bag.items.iter().map(|item| self.item(item)).collect();
                format!("ok, [{}]", items.join(", "))
            }
            kinds::SHOP_READ => {
                let shop: ShopWares = read(result);
                format!("ok, {} with {} wares", shop.name, shop.wares.len())
            }
            kinds::SHOP_BUY | kinds::SHOP_SELL => {
                format!("ok, {} gold", read::<ShopDeal>(result).wallet.unwrap().gold)
            }
            _ => "ok".to_owned(),
        }
    }

    pub(super) fn bag_news(&mut self, name: &str, packet: Packet<'_>) -> String {
        let news: BagChanged = read(packet.body);
        let mut parts: Vec<String> = news.changed.iter().map(|item| self.item(item)).collect();
        parts.extend(news.gone.iter().map(|id| format!("{} gone", self.item_name(*id))));
        format!("{name} has {}", parts.join(", "))
    }

    pub(super) fn item(&mut self, item: &Item) -> String {
        let Item { id, kind, quantity, place, slot } = *item;
        let place = ["at", "worn at", "in letter at"][place as usize - 1];
        format!("{} {quantity} of {kind} {place} {slot}", self.item_name(id))
    }

    pub(super) fn item_name(&mut self, id: u64) -> String {
        if !self.items.contains(&id) {
            self.items.push(id);
        }
        let at = self.items.iter().position(|known| *known == id).unwrap();
        format!("#{}", at + 1)
    }
}
