//! `ding account …`.

use std::{io::Write, path::Path, time::Duration};

use proto::{
    link::{
        StaffErase, StaffKick, StaffPassword, StaffResponse, StaffRestrict, StaffWho, Value as Cell,
        staff_request::What,
    },
    personal::{Found, PERSONAL, Whose},
    tables::{Table, int},
};
use serde_json::{Map, Value, json};

use super::{
    export,
    link::{Game, Pages, named},
    log, password, render, reports,
};
use crate::{
    args::staff::{AccountCommand, Listing},
    exit::Failure,
};

/// Runs one of the commands.
///
/// # Errors
/// Game does not run, or it refused.
pub fn account(command: &AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::List(Listing { place, after, limit, json }) => {
            list(&place.data, *after, *limit, *json)
        }
        AccountCommand::Show { place, who, json } => show(&place.data, who, *json),
        AccountCommand::Kick { place, who, why } => {
            let what = What::Kick(StaffKick { who: Some(named(who)) });
            let response = Game::of(&place.data).ask_because(what, &why.reason)?;
            let was = if response.online { "closed" } else { "did not play" };
            say(&format!("{}: {was}\n", title(&response)));
            Ok(())
        }
        AccountCommand::Ban { place, who, reason, time } => {
            let wish = StaffRestrict { for_ms: ms(*time), reason: reason.clone(), ..restrict(who) };
            restricted(&place.data, wish, "", "banned")
        }
        AccountCommand::Unban { place, who, why } => {
            let wish = StaffRestrict { lift: true, ..restrict(who) };
            restricted(&place.data, wish, &why.reason, "not banned any more")
        }
        AccountCommand::Mute { place, who, time, why } => {
            let wish = StaffRestrict { mute: true, for_ms: ms(*time), ..restrict(who) };
            restricted(&place.data, wish, &why.reason, "muted")
        }
        AccountCommand::BindGuest { place, who, name, why } => {
            let password = password::ask()?;
            let who = Some(StaffWho { account: *who, name: String::new() });
            let wish = StaffPassword { who, bind_name: name.clone(), password };
            let response = Game::of(&place.data).ask_because(What::Password(wish), &why.reason)?;
            say(&format!("account {} {name}: a guest no more\n", response.account));
            Ok(())
        }
        AccountCommand::SetPassword { place, who, why } => {
            let wish = StaffPassword {
                who: Some(named(who)),
                password: password::ask()?,
                ..StaffPassword::default()
            };
            let response = Game::of(&place.data).ask_because(What::Password(wish), &why.reason)?;
            say(&format!("{}: has the new password\n", title(&response)));
            Ok(())
        }
        AccountCommand::Delete { place, who, yes: _, why } => {
            let game = Game::of(&place.data);
            let mut response = StaffResponse::default();
            while !response.done {
                let wish = StaffErase { account: *who, after: response.after };
                response = game.ask_because(What::Erase(wish), &why.reason)?;
            }
            say(&format!("account {}: forgotten\n", response.account));
            Ok(())
        }
        AccountCommand::Export { place, who } => {
            let document = export::person(&Game::of(&place.data), who)?;
            say(&format!("{document:#}\n"));
            Ok(())
        }
        AccountCommand::Unmute { place, who, why } => {
            let wish = StaffRestrict { mute: true, lift: true, ..restrict(who) };
            restricted(&place.data, wish, &why.reason, "not muted any more")
        }
        AccountCommand::Reports { place, who, limit, json } => {
            let rows = reports::last(&Game::of(&place.data), who.as_deref(), *limit)?;
            say(&if *json { format!("{}\n", reports::as_json(&rows)) } else { reports::as_text(&rows) });
            Ok(())
        }
        AccountCommand::Log { place, who, limit, json } => {
            let rows = log::last(&Game::of(&place.data), who.as_deref(), *limit)?;
            say(&if *json { format!("{}\n", log::as_json(&rows)) } else { log::as_text(&rows) });
            Ok(())
        }
    }
}

fn restrict(who: &str) -> StaffRestrict {
    StaffRestrict { who: Some(named(who)), ..StaffRestrict::default() }
}

/// 0: until it is lifted.
fn ms(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn restricted(data: &Path, wish: StaffRestrict, reason: &str, now_is: &str) -> Result<(), Failure> {
    let response = Game::of(data).ask_because(What::Restrict(wish), reason)?;
    let until = match i64::try_from(response.until_ms) {
        Ok(0) => String::new(),
        Ok(i64::MAX) | Err(_) => " until it is lifted".to_owned(),
        Ok(until_ms) => format!(" until {}", render::moment(until_ms)),
    };
    say(&format!("{}: {now_is}{until}\n", title(&response)));
    Ok(())
}

fn list(data: &Path, after: u64, limit: u32, json: bool) -> Result<(), Failure> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut more = false;
    let after = if after == 0 { Vec::new() } else { vec![int(i64::try_from(after).unwrap_or(i64::MAX))] };
    Game::of(data).each(Pages { after, ..Pages::all(Table::Account) }, |row| {
        more = rows.len() == limit as usize;
        if !more {
            rows.push(row);
        }
        !more
    })?;
    let next = rows.last().filter(|_| more).map(|row| render::number(Table::Account, row, "id"));
    if json {
        let accounts: Vec<Value> = rows.iter().map(|row| render::row_json(Table::Account, row)).collect();
        say(&format!("{}\n", json!({ "accounts": accounts, "next": next })));
        return Ok(());
    }
    let mut text = format!("{:<20}{:<26}{}\n", "ID", "CREATED", "NAME");
    for row in &rows {
        let column = |name| render::text(Table::Account, row, name);
        let name = if column("name").is_empty() { "(guest)".to_owned() } else { column("name") };
        text.push_str(&format!("{:<20}{:<26}{name}\n", column("id"), column("created_ms")));
    }
    if let Some(next) = next {
        text.push_str(&format!("more: ding account list --after {next}\n"));
    }
    say(&text);
    Ok(())
}

/// All tables whose keys begin with the account's id, and the last of what explains its gold.
fn show(data: &Path, who: &str, json: bool) -> Result<(), Failure> {
    let game = Game::of(data);
    let found = game.find(who)?;
    let mut tables: Vec<(Table, Vec<Vec<Cell>>)> = Vec::new();
    for personal in PERSONAL.iter().filter(|personal| personal.found == Found::Prefix(Whose::Account)) {
        let mut rows = Vec::new();
        game.each(Pages::of(personal.table, found.account), |row| {
            rows.push(row);
            rows.len() < SHOWN_ROWS
        })?;
        tables.push((personal.table, rows));
    }
    let (last, unseen) = last_of_ledger(&game, &found)?;
    tables.push((Table::Ledger, last));
    if json {
        let mut document = Map::new();
        document.insert("online".to_owned(), found.online.into());
        document.insert("ledger_not_looked_at_before_lsn".to_owned(), unseen.into());
        for (table, rows) in &tables {
            let rows: Vec<Value> = rows.iter().map(|row| render::row_json(*table, row)).collect();
            document.insert(table.def().name.to_owned(), rows.into());
        }
        say(&format!("{}\n", Value::Object(document)));
        return Ok(());
    }
    let mut text = format!("{}, {}\n", title(&found), if found.online { "plays" } else { "away" });
    for (table, rows) in &tables {
        for row in rows {
            let cells = render::row_lines(*table, row);
            let cells: Vec<String> = cells.into_iter().map(|(name, cell)| format!("{name} {cell}")).collect();
            text.push_str(&format!("  {:<14}{}\n", table.def().name, cells.join(" · ")));
        }
    }
    if let Some(lsn) = unseen {
        text.push_str(&format!(
            "  ledger before record {lsn} was not looked at: ding account export has all of it\n"
        ));
    }
    say(&text);
    Ok(())
}

/// From the ledger's end back, as far as there is patience; and the record before which nothing was looked at.
fn last_of_ledger(game: &Game, found: &StaffResponse) -> Result<(Vec<Vec<Cell>>, Option<u64>), Failure> {
    let mut last = Vec::new();
    let unseen = game.each_of(Pages::latest(Table::Ledger, found.account), LEDGER_PAGES_MAX, |row| {
        last.push(row);
        last.len() < SHOWN_MOVEMENTS
    })?;
    last.reverse();
    Ok((last, unseen.map(|key| render::number(Table::Ledger, &key, "lsn"))))
}

fn title(response: &StaffResponse) -> String {
    let name = if response.name.is_empty() { "(guest)" } else { &response.name };
    format!("account {} {name}", response.account)
}

fn say(text: &str) {
    // A reader that went away wants no more of it.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Of 1,024 lines of everybody each, in which movements of the account are looked for.
const LEDGER_PAGES_MAX: usize = 256;
const SHOWN_MOVEMENTS: usize = 10;
/// Rows of one table in `show`.
const SHOWN_ROWS: usize = 64;
