//! A player of the market: what it has, where it stands, and what it does next. Its wallet and its numbers are its
//! player's. Knows no packets but those that it sends.

mod deals;
#[cfg(test)]
mod tests;
mod trade;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use proto::client::{Letter, MailCame, ShopWare, Wallet};

use crate::logic::{
    atlas::Point,
    deal::Deal,
    market::{
        bag::BagModel,
        fair::Fair,
        haggle::Haggle,
        way::{ShopPlace, Way},
    },
};

/// How far a player of the market is on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// Its characters have to be looked at.
    List,
    /// It needs another character.
    Create,
    /// It goes in with this one.
    Enter(u64),
    /// Out again: to come back with this one, so that the place where it stands is kept, or to try another one that
    /// begins nearer.
    Leave(Option<u64>),
}

/// See the module.
#[derive(Debug)]
pub struct Merchant {
    /// Which player.
    id: u32,
    /// Where shops stand.
    pub shops: Vec<ShopPlace>,
    /// Step by step into the world.
    pub coming: Coming,
    /// The account's characters.
    pub characters: Vec<(u64, String)>,
    /// The one that plays, once it is chosen.
    pub character: u64,
    /// Where it stands, while it is in the world.
    pub way: Option<Way>,
    /// It fell to a monster: nothing but a new beginning comes next.
    pub is_dead: bool,
    /// What it has.
    pub bag: BagModel,
    /// The trade that it is in.
    pub haggle: Option<Haggle>,
    /// A trade that may have been made when the connection died, and its hash.
    pub unresolved: Option<Unresolved>,
    /// What the wallet is then.
    pub wallet_told: Option<Wallet>,
    /// What shops sell and take.
    pub wares: BTreeMap<u32, Vec<ShopWare>>,
    /// Letters to be taken and thrown away.
    pub todo: VecDeque<Letter>,
    /// Letters that stay where they are.
    kept: Vec<u64>,
    /// One came that was not listed yet.
    pub has_mail: bool,
    /// While all letters are listed: before which one it goes on.
    pub listed_before: u64,
    /// All that were listed so.
    pub listed: Vec<Letter>,
    /// Letters written.
    written: u32,
    /// Since when nothing of its is on its way.
    pub free_since: Option<Instant>,
    /// Something was done that must not have been: what it has is no more to be judged.
    pub is_lost: bool,
}

/// A trade of which nobody said how it ended.
#[derive(Clone, Debug)]
pub struct Unresolved {
    /// What it changes if it was made.
    pub deal: Deal,
    /// Its name.
    pub hash: Vec<u8>,
    /// Known by a login: made or not. Nothing: the bag tells.
    pub is_made: Option<bool>,
}

impl Merchant {
    /// Player `id` of a run, not yet in.
    #[must_use]
    pub fn new(id: u32, shops: &[ShopPlace]) -> Self {
        Self {
            id,
            shops: shops.to_vec(),
            coming: Coming::List,
            characters: Vec::new(),
            character: 0,
            way: None,
            is_dead: false,
            bag: BagModel::default(),
            haggle: None,
            unresolved: None,
            wallet_told: None,
            wares: BTreeMap::new(),
            todo: VecDeque::new(),
            kept: Vec::new(),
            has_mail: false,
            listed_before: 0,
            listed: Vec::new(),
            written: 0,
            free_since: None,
            is_lost: false,
        }
    }

    /// The connection is gone: the others see it no more.
    pub fn lose(&mut self, fair: &mut Fair) {
        self.coming = if self.character == 0 { Coming::List } else { Coming::Enter(self.character) };
        self.way = None;
        self.bag.gap();
        self.wallet_told = None;
        self.free_since = None;
        self.has_mail = false;
        self.todo.clear();
        self.listed.clear();
        self.listed_before = 0;
        let stall = fair.stall(self.id);
        (stall.at, stall.is_free, stall.trade) = (None, false, 0);
    }

    /// It stands in the world, or goes on from where it was. False: too far from everything, and another character
    /// may be luckier.
    pub fn entered(&mut self, character: u64, way: Way) -> bool {
        let is_chosen = self.character != 0;
        if !is_chosen && !way.is_there() && self.characters.len() < CHARACTERS_MAX {
            self.coming = Coming::Leave(None);
            return false;
        }
        self.character = character;
        if !is_chosen {
            self.coming = Coming::Leave(Some(character));
            return false;
        }
        self.way = Some(way);
        true
    }

    /// It begins anew, there.
    pub fn respawned(&mut self, at: Point) {
        self.is_dead = false;
        if let Some(way) = &mut self.way {
            way.put(at);
        }
    }

    /// Whether it stands at a shop.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.way.as_ref().is_some_and(Way::is_there)
    }

    /// What the others may know.
    pub fn show(&self, fair: &mut Fair) {
        let name =
            self.characters.iter().find(|(id, _)| *id == self.character).map(|(_, name)| name.as_str());
        let stall = fair.stall(self.id);
        stall.character = self.character;
        if stall.name.is_empty()
            && let Some(name) = name
        {
            name.clone_into(&mut stall.name);
        }
        stall.at = self.way.as_ref().map(Way::at);
        let is_there = self.way.as_ref().is_some_and(Way::is_known_there);
        stall.is_free = self.haggle.is_none() && is_there && !self.is_dead;
        stall.item = self.bag.items().next().map_or(0, |item| item.id);
        stall.mail = self.kept.first().copied().unwrap_or(0);
        stall.trade = self.haggle.as_ref().map_or(0, |haggle| haggle.trade);
    }

    /// Another character of the account, which is not in the world.
    #[must_use]
    pub fn twin(&self) -> Option<&(u64, String)> {
        self.characters.iter().find(|(id, _)| *id != self.character)
    }

    /// News of a letter.
    pub fn mail_came(&mut self, came: &MailCame) {
        self.has_mail |= came.to == self.character;
    }

    /// Letters were listed: some stay, the others are taken.
    pub fn sort(&mut self, letters: &[Letter]) {
        for letter in letters {
            let is_known = self.kept.contains(&letter.id) || self.todo.iter().any(|one| one.id == letter.id);
            if is_known {
                continue;
            }
            if letter.id.is_multiple_of(KEPT_ONE_IN) && self.kept.len() < KEPT_MAX {
                self.kept.push(letter.id);
            } else {
                self.todo.push_back(letter.clone());
            }
        }
    }
}

/// Characters of one account that try their luck.
const CHARACTERS_MAX: usize = 8;
const KEPT_ONE_IN: u64 = 8;
const KEPT_MAX: usize = 8;
