//! A server for nim: every command of Ding, with one room and the bots that play in it.

mod bots;
mod room;

use std::process::ExitCode;

use ding::{Game, Registry, RegistryError};

/// What `schema/nim.proto` says.
mod messages {
    include!(concat!(env!("OUT_DIR"), "/nim.rs"));
}

// docs: main
fn main() -> ExitCode {
    let registry = registry().expect("no two rooms of one name or one kind of packet");
    ding::main(Game::new(registry).scenario("nim", "Two and two play nim", bots::play))
}

fn registry() -> Result<Registry, RegistryError> {
    let mut registry = Registry::new();
    registry.register::<room::Nim>()?;
    Ok(registry)
}
// docs: end
