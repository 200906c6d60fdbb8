//! The checked form of what an operator writes.

use std::path::Path;

use proto::ids::AccountId;

use super::{Config, ConfigError, DEFAULT_TOML, RawConfig};
use crate::logic::{event::WorldConfig, staff::Who, text::links::Links};

fn check(change: impl FnOnce(&mut RawConfig)) -> Result<Config, ConfigError> {
    let mut raw = RawConfig::default();
    change(&mut raw);
    raw.check(Path::new("/data"))
}

#[test]
fn defaults_are_the_worlds_own() {
    let config = check(|_| ()).unwrap();
    assert_eq!(config.world, WorldConfig::default());
    assert_eq!(config.game_link, Path::new("/data/run/game.link"));
    assert_eq!(config.dbfront_link, Path::new("/data/run/dbfront.link"));
    assert!(!config.hash_cost.is_low());
}

#[test]
fn the_printed_section_names_every_key_with_its_default() {
    let printed: Vec<(&str, &str)> =
        DEFAULT_TOML.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = ")).collect();
    // Debug prints every field of the struct as `key: value`.
    let debug = format!("{:?}", RawConfig::default());
    let fields: Vec<(&str, &str)> = debug
        .trim_start_matches("RawConfig { ")
        .trim_end_matches(" }")
        .split(", ")
        .filter_map(|field| field.split_once(": "))
        .collect();
    assert_eq!(printed, fields);
}

#[test]
fn a_value_out_of_range_is_refused_with_its_key() {
    let key_of = |result: Result<Config, ConfigError>| match result {
        Err(ConfigError::Range { key, .. }) => key,
        other => panic!("{other:?}"),
    };
    assert_eq!(key_of(check(|raw| raw.tick_ms = 9)), "tick_ms");
    assert_eq!(key_of(check(|raw| raw.tick_ms = u64::MAX)), "tick_ms");
    assert_eq!(key_of(check(|raw| raw.start_gold = -1)), "start_gold");
    assert_eq!(key_of(check(|raw| raw.commands_per_s = 0)), "commands_per_s");
    assert_eq!(key_of(check(|raw| raw.players_max = 0)), "players_max");
    assert_eq!(
        key_of(check(|raw| raw.logins_per_s_max = 99)),
        "logins_per_s_min",
        "it would be above the maximum"
    );
    assert_eq!(check(|raw| raw.login_queue_max = 0).unwrap().world.login_queue_max, 0, "nobody waits");
    assert_eq!(key_of(check(|raw| raw.cache_accounts_max = 0)), "cache_accounts_max");
    assert_eq!(key_of(check(|raw| raw.argon2_memory_kib = 1)), "argon2_memory_kib");
    assert!(check(|raw| raw.argon2_memory_kib = 64).unwrap().hash_cost.is_low());
}

#[test]
fn a_data_folder_too_deep_for_a_socket_is_refused() {
    let deep = format!("/{}", "d".repeat(100));
    assert!(matches!(RawConfig::default().check(Path::new(&deep)), Err(ConfigError::SocketPath { .. })));
}

#[test]
fn a_version_and_accounts_that_are_none_are_refused() {
    let config = check(|raw| {
        raw.client_version_min = "1.4".to_owned();
        raw.maintenance_accounts = vec!["4294967297".to_owned(), "aNABEL".to_owned()];
    });
    let world = config.unwrap().world;
    assert!(world.client_version_min.unwrap().is_met_by("demo 1.4.1"));
    let who = [Who::Id(AccountId(4_294_967_297)), Who::Name("anabel".to_owned())];
    assert_eq!(world.maintenance_accounts, who);
    let wrong = check(|raw| raw.client_version_min = "newest".to_owned());
    assert!(matches!(wrong, Err(ConfigError::ClientVersion { .. })));
    let wrong = check(|raw| raw.maintenance_accounts = vec!["!".to_owned()]);
    assert!(matches!(wrong, Err(ConfigError::Account { .. })));
}

#[test]
fn links_are_neutralized_or_allowed_and_nothing_else() {
    let links =
        |text: &str| check(|raw| raw.chat_links = text.to_owned()).map(|config| config.world.chat_links);
    assert_eq!(check(|_| {}).unwrap().world.chat_links, Links::Neutralize);
    assert_eq!(links("neutralize"), Ok(Links::Neutralize));
    assert_eq!(links("allow"), Ok(Links::Allow));
    assert!(matches!(links("deny"), Err(ConfigError::Links { .. })));
}
