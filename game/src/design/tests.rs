//! Every kind of mistake in designers' files, with the words that designers read.

mod map;

use std::fs;

use super::*;
use crate::logic::design::Slot;

/// A small right folder.
struct Folder {
    temp: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = Self { temp: tempfile::tempdir().unwrap() };
        folder.write(
            "items",
            "[[item]]\nnumber = 1\nname = \"Knife\"\nslot = \"weapon\"\nattack = 2\nprice = 20\n",
        );
        folder.write("monsters", "[[monster]]\nnumber = 1\nname = \"Rat\"\nhp = 5\nattack = 1\ndefense = 0\nspeed_mm_per_s = 9\nxp = 3\nrespawn_ms = 1000\n");
        folder.write("levels", "[[level]]\nlevel = 1\nxp = 0\nhp = 50\nattack = 5\ndefense = 2\n");
        folder.write("shops", "[[shop]]\nnumber = 1\nname = \"Store\"\n");
        folder.write("map", "number = 1\nwidth_mm = 50000\nheight_mm = 40000\nview_mm = 9000\nspeed_mm_per_s = 6000\n[[spawn]]\nx_mm = 1\ny_mm = 2\n");
        folder
    }

    fn write(&self, file: &str, content: &str) {
        fs::write(self.temp.path().join(format!("{file}.toml")), content).unwrap();
    }

    fn add(&self, file: &str, content: &str) {
        let path = self.temp.path().join(format!("{file}.toml"));
        let before = fs::read_to_string(&path).unwrap();
        fs::write(path, before + content).unwrap();
    }

    fn load(&self) -> Result<Design, Vec<Problem>> {
        load(Some(self.temp.path()))
    }

    /// What is told, without the folder.
    #[track_caller]
    fn told(&self) -> Vec<String> {
        let folder = format!("{}/", self.temp.path().display());
        self.load().unwrap_err().iter().map(|problem| problem.to_string().replace(&folder, "")).collect()
    }
}

#[track_caller]
fn items_tell(content: &str, expected: &[&str]) {
    let folder = Folder::new();
    folder.write("items", content);
    assert_eq!(folder.told(), expected);
}

#[test]
fn the_bundled_tables_are_right_and_not_empty() {
    let design = load(None).unwrap();
    assert!(20 <= design.items().len() && 6 <= design.monsters().len() && 3 <= design.shops().len());
    assert_eq!(design.levels().last(), 30);
    let in_use = |slot| design.items().any(|item| item.slot == Some(slot));
    assert!(Slot::ALL.iter().all(|(_, slot)| in_use(*slot)), "something to wear everywhere");
    assert!(design.monsters().all(|monster| !monster.loot.is_empty()));
    assert!(design.shops().all(|shop| !shop.wares.is_empty()));
}

#[test]
fn the_small_folder_is_right_and_says_what_was_written() {
    let design = Folder::new().load().unwrap();
    let knife = design.item(1).unwrap();
    assert_eq!((knife.name.as_str(), knife.slot, knife.bonus.attack), ("Knife", Some(Slot::Weapon), 2));
    assert_eq!((knife.stack, knife.heal, knife.price), (1, 0, 20));
    assert_eq!(design.monster(1).unwrap().gold, 0..=0);
    assert_eq!(design.shop(1).unwrap().ware(1), None);
    assert_eq!(design.levels().begin().hp, 50);
}

#[test]
fn all_mistakes_of_all_files_are_told_in_one_round() {
    let folder = Folder::new();
    folder.write("items", "[[item]]\nnumber = 0\nname = \"\"\nstack = \"many\"\nprize = 3\n");
    folder.add("monsters", "speed = 1\n");
    folder.add("levels", "[[level]]\nlevel = 2\n");
    folder.add("shops", "[[shop]]\nnumber = 1\n");
    assert_eq!(
        folder.told(),
        [
            "items.toml:2: item.number: 0: allowed are 1 to 1000000",
            "items.toml:3: item.name: empty",
            "items.toml:4: item.stack: expected a whole number, found string",
            "items.toml:1: item.price: missing",
            "items.toml:5: item.prize: unknown; there are: number, name, stack, slot, attack, defense, hp, heal, price",
            "monsters.toml:10: monster.speed: unknown; there are: number, name, hp, attack, defense, speed_mm_per_s, xp, aggro_mm, leash_mm, reach_mm, attack_ms, respawn_ms, gold, loot",
            "shops.toml:5: shop.number: has been given in line 2",
            "shops.toml:4: shop.name: missing",
            "levels.toml:7: level.xp: missing",
            "levels.toml:7: level.hp: missing",
            "levels.toml:7: level.attack: missing",
            "levels.toml:7: level.defense: missing",
        ]
    );
}

#[test]
fn numbers_are_whole_within_bounds_and_each_is_given_once() {
    items_tell(
        "[[item]]\nnumber = 7\nname = \"A\"\nprice = 1.5\n[[item]]\nnumber = 7\nname = \"B\"\nprice = 1000000001\n\
         [[item]]\nnumber = 99999999999999999999\nname = \"C\"\nprice = -1\n",
        &[
            "items.toml:4: item.price: expected a whole number, found float",
            "items.toml:6: item.number: has been given in line 2",
            "items.toml:8: item.price: 1000000001: allowed are 0 to 1000000000",
            "items.toml:10: item.number: 99999999999999999999: allowed are 1 to 1000000",
            "items.toml:12: item.price: -1: allowed are 0 to 1000000000",
        ],
    );
}

#[test]
fn what_is_worn_does_not_stack_or_heal_and_what_is_not_has_no_bonus() {
    items_tell(
        "[[item]]\nnumber = 1\nname = \"Cap\"\nslot = \"head\"\nstack = 2\nheal = 3\nprice = 1\n\
         [[item]]\nnumber = 2\nname = \"Stone\"\nattack = 1\nprice = 1\n\
         [[item]]\nnumber = 3\nname = \"Tail\"\nslot = \"tail\"\nprice = 1\n",
        &[
            "items.toml:5: item.stack: what is worn does not stack",
            "items.toml:6: item.heal: what is worn cannot be used up",
            "items.toml:11: item.attack: only what is worn has a bonus: there is no slot",
            "items.toml:16: item.slot: expected one of: weapon, shield, head, body, hands, legs, feet, neck, ring",
        ],
    );
}

#[test]
fn names_fit_on_a_line_of_a_screen() {
    let long = "x".repeat(65);
    items_tell(
        &format!(
            "[[item]]\nnumber = 1\nname = \"{long}\"\nprice = 1\n[[item]]\nnumber = 2\nname = \"a\\nb\"\nprice = 1\n\
             [[item]]\nnumber = 3\nname = \" a\"\nprice = 1\n[[item]]\nnumber = 4\nname = 4\nprice = 1\n"
        ),
        &[
            "items.toml:3: item.name: 65 bytes, at most 64",
            "items.toml:7: item.name: holds a control character",
            "items.toml:11: item.name: begins or ends with a space",
            "items.toml:15: item.name: expected text, found integer",
        ],
    );
}

#[test]
fn loot_is_of_items_that_are_there_and_fits_in_one_place() {
    let folder = Folder::new();
    folder.add(
        "monsters",
        "gold = [5, 1]\n[[monster.loot]]\nitem = 9\nchance_ppm = 0\n[[monster.loot]]\nitem = 9\nchance_ppm = 1\n\
         [[monster.loot]]\nitem = 1\nchance_ppm = 1\nquantity = 2\n\
         [[monster.loot]]\nitem = 1\nchance_ppm = 1\nquantity = [1, 0]\n",
    );
    assert_eq!(
        folder.told(),
        [
            "monsters.toml:10: monster.gold: the least, 5, is more than the most, 1",
            "monsters.toml:13: monster.loot.chance_ppm: 0: allowed are 1 to 1000000",
            "monsters.toml:20: monster.loot.quantity: expected [least, most]",
            "monsters.toml:24: monster.loot.quantity: 0: allowed are 1 to 1000000",
        ]
    );
    let folder = Folder::new();
    let more = "[[monster.loot]]\nitem = 9\nchance_ppm = 1\n[[monster.loot]]\nitem = 1\nchance_ppm = 1\nquantity = [1, 2]\n";
    folder.add("monsters", more);
    assert_eq!(
        folder.told(),
        [
            "monsters.toml:11: monster.loot.item: no item has the number 9",
            "monsters.toml:16: monster.loot.quantity: Knife stacks to 1: at most that many",
        ]
    );
}

#[test]
fn no_shop_sells_below_the_price_or_pays_above_it() {
    let folder = Folder::new();
    folder.add(
        "shops",
        "[[shop.ware]]\nitem = 1\nbuy = 19\nsell = 21\n[[shop.ware]]\nitem = 1\n[[shop.ware]]\nitem = 2\nbuy = 1\n",
    );
    assert_eq!(
        folder.told(),
        [
            "shops.toml:9: shop.ware.item: is in this shop already",
            "shops.toml:9: shop.ware.item: neither bought nor sold: write buy, sell or both",
            "shops.toml:6: shop.ware.buy: 19 is less than the price of Knife, 20: another shop could pay more for it",
            "shops.toml:7: shop.ware.sell: 21 is more than the price of Knife, 20: another shop could sell it for less",
            "shops.toml:11: shop.ware.item: no item has the number 2",
        ]
    );
}

#[test]
fn an_item_with_a_mistake_is_not_missing_as_well() {
    let folder = Folder::new();
    folder.add("items", "heal = 1\n");
    folder.add("shops", "[[shop.ware]]\nitem = 1\nbuy = 30\n");
    assert_eq!(folder.told(), ["items.toml:7: item.heal: what is worn cannot be used up"]);
}

#[test]
fn levels_begin_at_one_and_each_needs_more_than_the_one_before() {
    let folder = Folder::new();
    let level =
        |level, xp| format!("[[level]]\nlevel = {level}\nxp = {xp}\nhp = 1\nattack = 1\ndefense = 1\n");
    folder.write("levels", &(level(1, 5) + &level(2, 5) + &level(4, 9)));
    assert_eq!(
        folder.told(),
        [
            "levels.toml:3: level.xp: the first level needs 0",
            "levels.toml:9: level.xp: 5 is not more than the level before needs, 5",
            "levels.toml:14: level.level: levels stand in order, from 1 on: 3 is next",
        ]
    );
    folder.write("levels", "");
    assert_eq!(folder.told(), ["levels.toml:1: level: there is no level: write at least one [[level]]"]);
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_told_with_what_is_wrong_in_the_others() {
    let folder = Folder::new();
    folder.write("items", "[[item]\nnumber = 1\n");
    folder.add("levels", "luck = 1\n");
    let told = folder.told();
    assert!(told[0].starts_with("items.toml:1: "), "{told:?}");
    assert_eq!(
        told.last().unwrap(),
        "levels.toml:7: level.luck: unknown; there are: level, xp, hp, attack, defense, hp_per_s"
    );
    fs::remove_file(folder.temp.path().join("shops.toml")).unwrap();
    assert_eq!(folder.told(), ["shops.toml:1: No such file or directory (os error 2)"]);
}

#[test]
fn tables_of_another_shape_are_told_not_guessed() {
    items_tell("item = 3\n", &["items.toml:1: item: expected tables: [[item]]"]);
    items_tell("item = [3]\n", &["items.toml:1: item: expected tables: [[item]]"]);
    items_tell("[items]\n", &["items.toml:1: items: unknown; there are: item"]);
}

#[test]
fn what_is_too_much_is_told_once() {
    let rows: String =
        (1..=200).map(|n| format!("[[item]]\nnumber = {n}\nname = \"\"\nprice = 1\n")).collect();
    let folder = Folder::new();
    folder.write("items", &rows);
    assert_eq!(folder.load().unwrap_err().len(), PROBLEMS_MAX);
    folder.write("items", &"[[item]]\n".repeat(10_001));
    assert_eq!(folder.told(), ["items.toml:1: item: 10001 of them, at most 10000"]);
    folder.write("items", &"#".repeat(4 * 1024 * 1024 + 1));
    assert_eq!(folder.told(), ["items.toml:1: more than 4194304 bytes"]);
}

#[test]
fn a_reload_takes_no_item_away() {
    let folder = Folder::new();
    let current = folder.load().unwrap();
    folder.write("items", "[[item]]\nnumber = 2\nname = \"Fork\"\nprice = 1\n");
    let told = reload(folder.temp.path(), &current).unwrap_err();
    assert_eq!(told[0].field, "item.number");
    assert_eq!(
        told[0].text,
        "1 (Knife) is gone, and players may have some: items are renamed, never taken away"
    );
    folder.add("items", "[[item]]\nnumber = 1\nname = \"Old knife\"\nprice = 1\n");
    let next = reload(folder.temp.path(), &current).unwrap();
    assert_eq!(next.item(1).unwrap().name, "Old knife");
}

#[test]
fn before_a_game_runs_nobody_reads_its_tables_again() {
    let refused = Shelf::default().reload(std::time::Duration::ZERO).unwrap_err();
    assert_eq!(refused, ReloadError::Away);
}

#[test]
fn each_refusal_of_a_reload_has_a_name_of_its_own() {
    let all = [ReloadError::Away, ReloadError::NoFolder, ReloadError::Wrong(Vec::new()), ReloadError::Late];
    assert_eq!(all.map(|error| error.code()), ReloadError::CODES);
}
