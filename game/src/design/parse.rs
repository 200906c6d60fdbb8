//! From the files' texts to one [`Design`]: each field within its bounds, each number once, each reference
//! to something that is there, each shop without a way to get rich.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    PROBLEMS_MAX,
    files::{Files, Text},
    map::{knows, map},
    problem::Problem,
    table::{Place, Row, read_file},
};
use crate::logic::design::{
    Bonus, Design, Item, LEVELS_MAX, LOOT_MAX, Level, Levels, Loot, Monster, PRICE_MAX, ROWS_MAX, STACK_MAX,
    STRENGTH_MAX, Shop, Slot, TEXT_BYTES_MAX, WARES_MAX, Ware, XP_MAX,
};

/// See the module.
pub(super) fn parse(files: &Files) -> Result<Design, Vec<Problem>> {
    let mut problems = Vec::new();
    let items = numbered(&files.items, "item", &mut problems, item);
    let monsters = numbered(&files.monsters, "monster", &mut problems, monster);
    let shops = numbered(&files.shops, "shop", &mut problems, shop);
    let levels = levels(&files.levels, &mut problems);
    let map = map(&files.map, knows(monsters.as_ref()), knows(shops.as_ref()), &mut problems);
    // References into a file that cannot be read would all be wrong.
    if let Some(items) = &items {
        for (monster, places) in monsters.iter().flat_map(BTreeMap::values).flatten() {
            check_loot(monster, places, items, &mut problems);
        }
        for (shop, places) in shops.iter().flat_map(BTreeMap::values).flatten() {
            check_wares(shop, places, items, &mut problems);
        }
    }
    match (items, monsters, shops, levels, map) {
        (Some(items), Some(monsters), Some(shops), Some(levels), Some(map)) if problems.is_empty() => {
            Ok(Design::new(values(items), values(monsters), values(shops), levels, map))
        }
        _ => {
            problems.truncate(PROBLEMS_MAX);
            Err(problems)
        }
    }
}

/// What was read, with the places of what refers to other tables; none for a number whose row is wrong.
type Numbered<T> = BTreeMap<u32, Option<(T, Vec<Place>)>>;

fn values<T>(numbered: Numbered<T>) -> BTreeMap<u32, T> {
    numbered.into_iter().filter_map(|(number, read)| Some((number, read?.0))).collect()
}

/// A file of one kind of table, each with a number that no other has.
fn numbered<T>(
    text: &Text,
    key: &'static str,
    problems: &mut Vec<Problem>,
    read: impl Fn(&mut Row<'_>, u32) -> Option<(T, Vec<Place>)>,
) -> Option<Numbered<T>> {
    read_file(&text.name, &text.content, problems, |file| {
        let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
        let rows = file.rows(key, ROWS_MAX, |row| {
            let number = row.number("number", 1..=NUMBER_MAX);
            let line = row.place("number").line();
            if let Some(first) = number.and_then(|number| taken.insert(number, line)) {
                row.refuse("number", format!("has been given in line {first}"));
            }
            // Without a number it is still read, for what else is wrong.
            let read = read(row, number.unwrap_or(0));
            number.map(|number| (number, read))
        });
        rows.into_iter().collect()
    })
}

fn item(row: &mut Row<'_>, number: u32) -> Option<(Item, Vec<Place>)> {
    let name = row.text("name", TEXT_BYTES_MAX);
    let stack = row.number_or("stack", 1..=STACK_MAX, 1);
    let slot = row.word_if("slot", Slot::ALL);
    let attack = row.number_or("attack", BONUS, 0);
    let defense = row.number_or("defense", BONUS, 0);
    let hp = row.number_or("hp", BONUS, 0);
    let heal = row.number_or("heal", 0..=STRENGTH_MAX, 0);
    let price = row.number("price", 0..=PRICE_MAX);
    if row.has("slot") {
        if stack.is_some_and(|stack| stack != 1) {
            row.refuse("stack", "what is worn does not stack");
        }
        if heal.is_some_and(|heal| heal != 0) {
            row.refuse("heal", "what is worn cannot be used up");
        }
    } else {
        for key in ["attack", "defense", "hp"] {
            if row.has(key) {
                row.refuse(key, "only what is worn has a bonus: there is no slot");
            }
        }
    }
    let bonus = Bonus { attack: attack?, defense: defense?, hp: hp? };
    let item = Item { number, name: name?, stack: stack?, slot: slot?, bonus, heal: heal?, price: price? };
    Some((item, Vec::new()))
}

fn monster(row: &mut Row<'_>, number: u32) -> Option<(Monster, Vec<Place>)> {
    let name = row.text("name", TEXT_BYTES_MAX);
    let hp = row.number("hp", 1..=STRENGTH_MAX);
    let attack = row.number("attack", 0..=STRENGTH_MAX);
    let defense = row.number("defense", 0..=STRENGTH_MAX);
    let speed = row.number("speed_mm_per_s", 0..=SPEED_MAX);
    let xp = row.number("xp", 0..=XP_OF_ONE_MAX);
    let aggro_mm = row.number_or("aggro_mm", 0..=SIGHT_MM_MAX, 0);
    let leash_mm = row.number_or("leash_mm", 0..=SIGHT_MM_MAX, LEASH_MM);
    let reach_mm = row.number_or("reach_mm", 1..=SIGHT_MM_MAX, REACH_MM);
    let attack_ms = row.number_or("attack_ms", ATTACK_MS, ATTACK_MS_USUAL);
    let respawn_ms = row.number("respawn_ms", RESPAWN_MS);
    let gold = row.range_or("gold", 0..=PRICE_MAX, 0..=0);
    let mut places = Vec::new();
    let loot = row.rows("loot", LOOT_MAX, |row| {
        let item = row.number("item", 1..=NUMBER_MAX);
        let chance_ppm = row.number("chance_ppm", 1..=1_000_000);
        let quantity = row.range_or("quantity", 1..=STACK_MAX, 1..=1);
        let loot = Loot { item: item?, chance_ppm: chance_ppm?, quantity: quantity? };
        places.push(row.place("item"));
        places.push(row.place("quantity"));
        Some(loot)
    });
    let monster = Monster {
        number,
        name: name?,
        hp: hp?,
        attack: attack?,
        defense: defense?,
        speed_mm_per_s: speed?,
        xp: xp?,
        aggro_mm: aggro_mm?,
        leash_mm: leash_mm?,
        reach_mm: reach_mm?,
        attack_ms: attack_ms?,
        respawn_ms: respawn_ms?,
        gold: gold?,
        loot,
    };
    Some((monster, places))
}

fn check_loot(monster: &Monster, places: &[Place], items: &Numbered<Item>, problems: &mut Vec<Problem>) {
    for (loot, places) in monster.loot.iter().zip(places.chunks(2)) {
        match items.get(&loot.item) {
            None => problems.push(no_item(&places[0], loot.item)),
            Some(Some((item, _))) if item.stack < *loot.quantity.end() => {
                let text = format!("{} stacks to {}: at most that many", item.name, item.stack);
                problems.push(places[1].problem(text));
            }
            Some(_) => {}
        }
    }
}

fn shop(row: &mut Row<'_>, number: u32) -> Option<(Shop, Vec<Place>)> {
    let name = row.text("name", TEXT_BYTES_MAX);
    let mut places = Vec::new();
    let mut seen = Vec::new();
    let wares = row.rows("ware", WARES_MAX, |row| {
        let item = row.number("item", 1..=NUMBER_MAX);
        let buy = row.number_if("buy", 1..=PRICE_MAX);
        let sell = row.number_if("sell", 1..=PRICE_MAX);
        let ware = Ware { item: item?, buy: buy?, sell: sell? };
        if seen.contains(&ware.item) {
            row.refuse("item", "is in this shop already");
        }
        if ware.buy.is_none() && ware.sell.is_none() {
            row.refuse("item", "neither bought nor sold: write buy, sell or both");
        }
        seen.push(ware.item);
        places.extend(["item", "buy", "sell"].map(|key| row.place(key)));
        Some(ware)
    });
    Some((Shop { number, name: name?, wares }, places))
}

fn check_wares(shop: &Shop, places: &[Place], items: &Numbered<Item>, problems: &mut Vec<Problem>) {
    for (ware, places) in shop.wares.iter().zip(places.chunks(3)) {
        let (name, price) = match items.get(&ware.item) {
            None => {
                problems.push(no_item(&places[0], ware.item));
                continue;
            }
            Some(None) => continue,
            Some(Some((item, _))) => (&item.name, item.price),
        };
        if let Some(buy) = ware.buy.filter(|buy| *buy < price) {
            problems.push(places[1].problem(format!(
                "{buy} is less than the price of {name}, {price}: another shop could pay more for it"
            )));
        }
        if let Some(sell) = ware.sell.filter(|sell| price < *sell) {
            problems.push(places[2].problem(format!(
                "{sell} is more than the price of {name}, {price}: another shop could sell it for less"
            )));
        }
    }
}

fn no_item(place: &Place, number: u32) -> Problem {
    place.problem(format!("no item has the number {number}"))
}

fn levels(text: &Text, problems: &mut Vec<Problem>) -> Option<Levels> {
    let rows = read_file(&text.name, &text.content, problems, |file| {
        let mut due = 1;
        let mut xp_before = None;
        let rows = file.rows("level", LEVELS_MAX, |row| {
            let number = row.number("level", 1..=NUMBER_MAX);
            let xp = row.number("xp", 0..=XP_MAX);
            let hp = row.number("hp", 1..=STRENGTH_MAX);
            let attack = row.number("attack", 0..=STRENGTH_MAX);
            let defense = row.number("defense", 0..=STRENGTH_MAX);
            let hp_per_s = row.number_or("hp_per_s", 0..=STRENGTH_MAX, 0);
            if number.is_some_and(|number| number != due) {
                row.refuse("level", format!("levels stand in order, from 1 on: {due} is next"));
            }
            let is_first = due == 1;
            due += 1;
            match (xp_before, xp) {
                (None, Some(xp)) if is_first && xp != 0 => row.refuse("xp", "the first level needs 0"),
                (Some(before), Some(xp)) if xp <= before => {
                    row.refuse("xp", format!("{xp} is not more than the level before needs, {before}"));
                }
                _ => {}
            }
            xp_before = xp.or(xp_before);
            Some(Level { xp: xp?, hp: hp?, attack: attack?, defense: defense?, hp_per_s: hp_per_s? })
        });
        if due == 1 {
            file.refuse("level", "there is no level: write at least one [[level]]");
        }
        rows
    })?;
    let mut rows = rows.into_iter();
    // Whatever else was wrong has been told; then nobody sees these levels.
    let first = rows.next()?;
    problems.is_empty().then(|| Levels::new(first, rows.collect()))
}

/// Numbers are stored as u32, and people write them.
const NUMBER_MAX: u32 = 1_000_000;
const BONUS: RangeInclusive<i32> = -1_000_000..=1_000_000;
/// A hundred km/h: far more than a player may move.
const SPEED_MAX: u32 = 30_000;
/// As far as anybody may see, hunt or strike.
const SIGHT_MM_MAX: u32 = 100_000;
const LEASH_MM: u32 = 20_000;
const REACH_MM: u32 = 2_000;
const ATTACK_MS: RangeInclusive<u32> = 200..=60_000;
const ATTACK_MS_USUAL: u32 = 2_000;
const XP_OF_ONE_MAX: u32 = 1_000_000_000;
/// Up to a day.
const RESPAWN_MS: RangeInclusive<u32> = 100..=86_400_000;

const _: () = assert!(BONUS.end().unsigned_abs() == STRENGTH_MAX);
