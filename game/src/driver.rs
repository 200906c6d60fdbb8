//! What touches the world outside: three threads around the pure logic. `game-links` moves bytes between
//! sockets and batches, `game-hash` hashes passwords, and the caller's thread takes turns.

mod askers;
mod calls;
mod clock;
mod gateways;
mod hasher;
mod input;
mod links;
mod outbox;
mod pump;
mod stopping;
mod store;
mod turn;

use std::{
    io,
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

pub(crate) use self::{clock::instant, input::Inputs};
use crate::{
    Ready,
    config::{Config, HashCost},
    error::Error,
    logic::world::World,
    metrics::Metrics,
    registry::Registry,
    staff::Desk,
};

/// See [`crate::run`].
pub(crate) fn run(
    registry: Registry,
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    desk: &Desk,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    let Config { game_link, dbfront_link, design, world, hash_cost, takeover, .. } = config;
    let folder = design;
    let design = crate::design::load(folder.as_deref()).map(Arc::new).map_err(Error::Design)?;
    warn_of_cheap_hashes(hash_cost);
    let mut seed = [0; 32];
    let random =
        |source: getrandom::Error| start_error("the random generator")(io::Error::other(source.to_string()));
    getrandom::fill(&mut seed).map_err(random)?;
    let instance = getrandom::u64().map_err(random)?;
    let kinds = registry.rules();

    let (inputs, inbox) = input::channel();
    desk.open(inputs.clone());
    desk.shelf().open(folder, Arc::clone(&design), inputs.clone());
    let held_from = Arc::default();
    let arrival = store::Arrival { instance, takeover, held_from: Arc::clone(&held_from) };
    let places = links::Places { game_link: game_link.clone(), dbfront_link, arrival };
    let (hasher, hash_thread) =
        hasher::Hasher::start(hash_cost, inputs.clone()).map_err(start_error("the hashing thread"))?;
    let (links, links_thread) =
        links::Links::start(places, stop, inputs).map_err(start_error("the links' thread"))?;
    let world = World::new(world, registry, design, seed);
    let turns = turn::Turns::new(turn::Parts {
        world,
        inbox,
        links,
        hasher,
        metrics,
        kinds,
        instance,
        held_from,
        game_link,
        ready,
    });

    // Whatever the world was in the middle of, nobody sees it again: this is the end of the process.
    let end = catch_unwind(AssertUnwindSafe(|| turns.run()))
        .unwrap_or(Err(Error::Panicked { part: "the logic thread" }));
    // `run` dropped its ends: both threads see it. The hashing thread may be in the middle of a hash.
    for thread in [links_thread, hash_thread] {
        // A panic over there has been told by its sentinel.
        let _ = thread.join();
    }
    end
}

fn start_error(what: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Start { what, source }
}

fn warn_of_cheap_hashes(cost: HashCost) {
    if cost.is_low() {
        let (memory_kib, passes) = (cost.memory_kib, cost.passes);
        tracing::warn!(
            event = "game.cheap_hashes",
            memory_kib,
            passes,
            "passwords are easy to guess: for tests only"
        );
    }
}
