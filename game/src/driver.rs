//! What touches the world outside: four threads around the pure logic. `game-links` moves bytes between
//! sockets and batches, `game-hash` hashes passwords, `game-logic` takes turns, and `game-watchdog` sees that they end.

mod askers;
mod bundles;
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
mod watchdog;

use std::{
    collections::BTreeSet,
    io,
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use proto::ids::RoomId;

use self::{
    bundles::Bundles,
    watchdog::{Noted, Notes, Watchdog},
};
pub(crate) use self::{clock::instant, input::Inputs};
use crate::{
    Ready,
    config::{Config, HashCost},
    error::Error,
    logic::{rooms::watch::Lasts, world::World},
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
    let Config { game_link, dbfront_link, design, mut world, hash_cost, takeover, .. } = config;
    let folder = design;
    let design = crate::design::load(folder.as_deref()).map(Arc::new).map_err(Error::Design)?;
    warn_of_cheap_hashes(hash_cost);
    let mut seed = [0; 32];
    let random =
        |source: getrandom::Error| start_error("the random generator")(io::Error::other(source.to_string()));
    getrandom::fill(&mut seed).map_err(random)?;
    let instance = getrandom::u64().map_err(random)?;
    let kinds = registry.rules();
    let notes = Notes::open(config.quarantine).map_err(start_error("the folder of quarantine notes"))?;
    world.quarantined = quarantined(&notes).map_err(start_error("the quarantine notes"))?;
    world.stuck_replays = stuck_replays(&notes).map_err(start_error("the quarantine notes"))?;
    let watchdog =
        Watchdog::start(&notes, config.room_memory_bytes).map_err(start_error("the watchdog's thread"))?;

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
    let mut world = World::new(world, registry, design, seed);
    let entrance = watchdog.entrance();
    let turns = move || {
        world.watch_rooms(Box::new(entrance.enter()));
        let parts = turn::Parts {
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
            notes,
            bundles: Bundles::start(config.bundles).map_err(start_error("the bundles' thread"))?,
        };
        // Whatever the world was in the middle of, nobody sees it again: this is the end of the process.
        catch_unwind(AssertUnwindSafe(|| turn::Turns::new(parts).run()))
            .unwrap_or(Err(Error::Panicked { part: "the logic thread" }))
    };
    let logic = thread::Builder::new().name("game-logic".to_owned()).stack_size(LOGIC_STACK_BYTES);
    let logic = logic.spawn(turns).map_err(start_error("the logic thread"))?;
    let end = logic.join().unwrap_or(Err(Error::Panicked { part: "the logic thread" }));
    // `run` dropped its ends: both threads see it. The hashing thread may be in the middle of a hash.
    for thread in [links_thread, hash_thread] {
        // A panic over there has been told by its sentinel.
        let _ = thread.join();
    }
    end
}

/// Rooms in a call of which an earlier process ended, and which the world has to close.
fn quarantined(notes: &Notes) -> io::Result<BTreeSet<RoomId>> {
    let mut rooms = BTreeSet::new();
    for Noted { room, lasts, kind, why } in notes.pending()? {
        tracing::warn!(event = "room.quarantined", room = room.0, kind, why);
        match lasts {
            Lasts::Room => drop(rooms.insert(room)),
            // It ended with its process.
            Lasts::No => notes.put_away(room)?,
            // Whoever watched it would end this process too, and the next.
            Lasts::Replay => notes.keep_replay(room)?,
        }
    }
    Ok(rooms)
}

/// Matches that ended an earlier process when they were played again.
fn stuck_replays(notes: &Notes) -> io::Result<BTreeSet<u64>> {
    Ok(notes.replays()?.into_iter().map(|RoomId(id)| id).collect())
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

/// Room for what games do in their calls; used up, it ends the process. It is taken from the system as it is used.
const LOGIC_STACK_BYTES: usize = 16 * 1024 * 1024;
