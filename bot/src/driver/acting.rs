//! A run of a game's own scenario: all come in, each plays again and again until the time is over, all say goodbye.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use client::{Client, Outcome, TransportKind};
use tokio::{
    task::{JoinSet, LocalSet},
    time::{interval, sleep_until},
};

use crate::{
    driver::clock,
    error::Error,
    logic::tally::Tally,
    options::Options,
    report::Report,
    script::{Actor, Failed, Place, Script},
};

/// Runs a scenario of a game's own on this thread, to the end or until this is set. Of the options, rates, echoes and
/// logs mean nothing to it; players are guests who come back by themselves.
///
/// # Errors
/// See [`Error`]. What went wrong in a run is in the report.
pub fn run_script(script: Script, options: Options, interrupted: Arc<AtomicBool>) -> Result<Report, Error> {
    options.check()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    LocalSet::new().block_on(&runtime, course(Rc::new(script), Rc::new(options), interrupted))
}

async fn course(script: Rc<Script>, options: Rc<Options>, stop: Arc<AtomicBool>) -> Result<Report, Error> {
    let begin = clock::now();
    let since = begin + options.ramp;
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut players = JoinSet::new();
    for number in 0..options.players {
        let at = begin + options.ramp * number / options.players;
        let over_at = since + options.duration;
        let place = Place { number, players: options.players, seed: options.seed, over_at };
        let (script, options, tally) = (script.clone(), options.clone(), tally.clone());
        players.spawn_local(async move {
            sleep_until(at.into()).await;
            act(&script, &options, place, &tally).await;
        });
    }
    let mut look = interval(LOOK);
    let mut is_interrupted = false;
    while !players.is_empty() && !is_interrupted {
        tokio::select! {
            _ = players.join_next() => {}
            _ = look.tick() => is_interrupted = stop.load(Relaxed),
        }
    }
    players.shutdown().await;
    let elapsed = clock::now().saturating_duration_since(since);
    let tally = tally.take();
    if let Some(cause) = tally.nobody(options.players) {
        return Err(Error::Nobody { cause });
    }
    Ok(tally.report(script.name, &options, elapsed, is_interrupted))
}

/// One player, from coming in to goodbye.
async fn act(script: &Script, options: &Options, place: Place, tally: &RefCell<Tally>) {
    let number = place.number;
    let asked_at = clock::now();
    let mut actor = match come_in(options, place).await {
        Ok((actor, gold)) => {
            tally.borrow_mut().came_in(clock::now() - asked_at, gold);
            actor
        }
        Err(failed) => return tally.borrow_mut().stayed_out(&failed),
    };
    while clock::now() < place.over_at {
        actor.settle().await;
        let (began, said);
        began = clock::now();
        (actor, said) = (script.play)(actor).await;
        if said.is_err() {
            // What went wrong goes on going wrong; and it is not to go wrong a thousand times a second.
            actor.think(AFTER_FAILURE).await;
        }
        let is_over = matches!(said, Err(Failed::Over | Failed::Client(_)));
        tally.borrow_mut().played(number, actor.account, said, since(began));
        if is_over {
            // Of a room in which it waited for somebody.
            let _ = actor.client.leave().await;
            break;
        }
    }
    let gold = wallet(&actor).await;
    let _ = actor.client.logout().await;
    tally.borrow_mut().left(gold.ok(), &actor.comebacks);
}

async fn come_in(options: &Options, place: Place) -> Result<(Actor, i64), Failed> {
    let index = place.number as usize % options.transports.len().max(1);
    let reach = client::Options {
        transport: options.transports.get(index).copied().unwrap_or(TransportKind::Tcp),
        tls: options.tls.clone(),
        name: concat!("ding-bot ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..client::Options::new(options.server.as_str())
    };
    let (client, pushes) = Client::connect(&reach).await?;
    let account = client.login_guest().await?.account;
    let actor = Actor::new(client, pushes, account, place);
    let gold = wallet(&actor).await?;
    Ok((actor, gold))
}

async fn wallet(actor: &Actor) -> Result<i64, Failed> {
    match actor.client.wallet().await? {
        Outcome::Ok(wallet) => Ok(wallet.gold),
        Outcome::Rejected(code) | Outcome::RetryLater { code, .. } => {
            Err(Failed::wrong(code, "the own wallet was not shown"))
        }
    }
}

fn since(began: Instant) -> Duration {
    clock::now().saturating_duration_since(began)
}

const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often it is looked whether the run was interrupted.
const LOOK: Duration = Duration::from_millis(100);
