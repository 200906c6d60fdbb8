//! One player: what it sends next, and whether what comes back is right. Lives through several
//! connections. Knows no sockets and no clock.

mod answers;
mod company;
mod gaming;
mod lasting;
mod market;
mod orders;
mod roaming;
#[cfg(test)]
mod tests;

use self::orders::{LATE_MAX, order};

use std::{
    collections::BTreeMap,
    mem,
    time::{Duration, Instant},
};

use client::{Fate, Push};
use proto::{
    client::{ChatHeard, LoggedIn, Paid},
    kinds::Lane,
};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use crate::{
    logic::{
        board::{End, Transfer},
        census::Standing,
        chat::{Ear, Hearing, Line},
        deal::Deal,
        games::{Errand, Seat},
        market::{errand::Dealing, merchant::Merchant},
        payment::{Payment, PaymentOutcome},
        schedule::Schedule,
        stats::{Deed, Ending},
        walk::Walk,
        wallet::WalletModel,
        world::{Finding, World},
    },
    options::{Options, Scenario},
};

/// The part of the run that all players are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// All come in.
    Enter,
    /// All play, since then.
    Play {
        /// When it began.
        since: Instant,
        /// How long it lasts.
        lasts: Duration,
    },
    /// All are drained: last checks.
    Check,
}

/// One player of a run.
#[derive(Debug)]
pub struct Player {
    id: u32,
    rng: ChaCha8Rng,
    schedule: Schedule,
    scenario: Scenario,
    echo_bytes: usize,
    duration: Duration,
    /// The account, once there is one.
    identity: Option<Identity>,
    wallet: WalletModel,
    /// Gold that certainly left.
    paid_out: i64,
    /// Gold that monsters left to it.
    looted: i64,
    /// Lines said to those near and to one alone.
    lines: u32,
    /// Its character is dead, and begins again then.
    respawn_at: Option<Instant>,
    /// Somebody who is not of this run paid, or what a monster left may be unheard: sums over the run's players do not hold.
    has_stranger: bool,
    ear: Ear,
    /// This connection hears everything since it entered.
    listens: bool,
    asks: Asks,
    /// Goes to the market.
    market: Option<Box<Merchant>>,
    /// Plays games in rooms.
    seat: Option<Box<Seat>>,
    walk: Walk,
    /// Of the account, once it is known.
    character: Option<u64>,
    /// It has been on the map with an earlier connection.
    has_walked: bool,
    /// Between two moves.
    move_period: Duration,
    /// Commands of the session's life with neither answer nor fate.
    pending: BTreeMap<u64, Sent>,
    /// What it knows of the server comes from the life that the session has now.
    stands: bool,
    /// The time of play is over, and nothing is left to be sent.
    over: bool,
    /// The last look at the wallet was asked for, after everyone was drained.
    checking: bool,
    /// Nobody was there to answer before this moment.
    heard_since: Option<Instant>,
    /// Since when it cannot play, until it hears something again.
    pause_since: Option<Instant>,
}

/// Who the player is to the server.
#[derive(Clone, Copy, Debug)]
struct Identity {
    account: u64,
    session_gen: u32,
    /// Of the game process in which the session began, or was reset last.
    epoch: u32,
}

impl Identity {
    /// The first four bytes of a session's id are the epoch of its process.
    fn of(reply: &LoggedIn) -> Self {
        let epoch = reply.session.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        Self { account: reply.account, session_gen: reply.session_gen, epoch }
    }
}

/// What must be asked after each login before play begins or goes on.
#[derive(Clone, Copy, Debug)]
struct Asks {
    wallet: Ask,
    room: Ask,
    map: Ask,
    bag: Ask,
    letters: Ask,
    /// Not before this moment, after a `RETRY_LATER`.
    after: Option<Instant>,
}

impl Asks {
    fn new(scenario: Scenario) -> Self {
        let wanted = |is: bool| if is { Ask::Wanted } else { Ask::Had };
        let deals = wanted(scenario.deals());
        Self {
            wallet: Ask::Wanted,
            room: wanted(scenario.echoes()),
            map: wanted(scenario.walks() || scenario.deals()),
            bag: deals,
            letters: deals,
            after: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Wanted,
    Waiting,
    Had,
}

/// A command on its way, and what its answer must be compared with.
#[derive(Clone, Debug)]
struct Sent {
    what: What,
    /// When it was meant to leave.
    due: Instant,
    /// When it left.
    at: Instant,
}

#[derive(Clone, Debug)]
enum What {
    Wallet,
    Join,
    Characters,
    Create,
    Enter,
    Market(Box<Dealing>),
    /// `afford`: the player certainly had the gold, so that the server has no reason to refuse.
    Pay {
        to: u64,
        amount: i64,
        afford: bool,
    },
    Chat {
        number: u32,
    },
    Echo {
        bytes: Vec<u8>,
    },
    Near,
    Private {
        number: u32,
        to: u32,
    },
    Attack,
    Respawn,
    Game(Errand),
}

/// A command to be sent now.
#[derive(Debug)]
pub struct Order {
    /// Its kind.
    pub kind: u32,
    /// Its body.
    pub body: Vec<u8>,
    /// None: a signal, which has no answer.
    sent: Option<Sent>,
}

impl Order {
    /// Whether it has no answer.
    #[must_use]
    pub fn is_signal(&self) -> bool {
        self.sent.is_none()
    }
}

impl Player {
    /// Player `id` of a run.
    #[must_use]
    pub fn new(id: u32, options: &Options) -> Self {
        // One generator each, so that one player's course does not depend on another's.
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(id.into());
        let scenario = options.scenario.part_of(id);
        let schedule = Schedule::new(scenario, options, &mut rng);
        let market = scenario.deals().then(|| Box::new(Merchant::new(id, &options.shops)));
        Self {
            id,
            rng,
            schedule,
            scenario,
            echo_bytes: options.echo_bytes,
            duration: options.duration,
            identity: None,
            wallet: WalletModel::default(),
            paid_out: 0,
            looted: 0,
            lines: 0,
            respawn_at: None,
            has_stranger: false,
            ear: Ear::default(),
            listens: false,
            asks: Asks::new(scenario),
            market,
            seat: scenario.game().map(|game| Box::new(Seat::new(game, options.games))),
            walk: Walk::default(),
            character: None,
            has_walked: false,
            move_period: Duration::from_secs_f64(1.0 / options.rates.move_per_s),
            pending: BTreeMap::new(),
            stands: false,
            over: false,
            checking: false,
            heard_since: None,
            pause_since: None,
        }
    }

    /// Play lasts no longer than that, counted from its beginning.
    pub fn plays_for(&mut self, lasts: Duration) {
        self.duration = self.duration.min(lasts);
        self.schedule.end_at(lasts);
    }

    /// It is in, by a login.
    pub fn logged_in(&mut self, reply: &LoggedIn, now: Instant, world: &mut World) {
        let before = self.identity.as_ref().map(|before| before.session_gen);
        if let Some(before) = before.filter(|before| *before >= reply.session_gen) {
            let detail = format!("session {} after {before}", reply.session_gen);
            world.found(self.id, Finding::new("session_gen", detail));
        }
        self.begin_anew(reply, now, world);
    }

    /// Commands are numbered anew, and the player is nowhere.
    fn begin_anew(&mut self, reply: &LoggedIn, now: Instant, world: &mut World) {
        if let Some(before) = self.identity.as_ref().filter(|before| before.account != reply.account) {
            let detail = format!("came back as {}, was {}", reply.account, before.account);
            world.found(self.id, Finding::new("account_changed", detail));
        }
        self.stands = true;
        self.heard_since = Some(now);
        self.identity = Some(Identity::of(reply));
        if let Some(seat) = &mut self.seat {
            seat.logged_in(reply.account, reply.room, &mut world.parlor);
        }
    }

    /// It will not come back: what is open stays unknown.
    pub fn give_up(&mut self, now: Instant, world: &mut World) {
        self.disconnected(world);
        for (cseq, sent) in mem::take(&mut self.pending) {
            self.settle(cseq, &sent, Fate::Unknown, now, world);
        }
        self.give_up_market(world);
        self.drop_rest(world);
        world.census.advance(self.id, Standing::Failed);
    }

    /// A command with no answer for longer than `limit`, if there is one: its number.
    #[must_use]
    pub fn overdue(&self, limit: Duration, now: Instant) -> Option<u64> {
        let (&cseq, sent) = self.pending.first_key_value()?;
        (self.asked_at(sent) + limit <= now).then_some(cseq)
    }

    /// Reports a command that never got its answer.
    pub fn missing(&mut self, cseq: u64, limit: Duration, world: &mut World) {
        let detail = format!("command {cseq} has no answer after {} s", limit.as_secs());
        world.found(self.id, Finding::new("answer_missing", detail));
    }

    /// Something that nobody asked for.
    pub fn on_push(&mut self, push: Push, now: Instant, world: &mut World) {
        if push.lane() != Lane::Control {
            self.play_on(now, world);
        }
        match push {
            push if self.market.is_some() => self.on_market_push(push, world),
            Push::Chat(chat) => self.on_chat(&chat, world),
            push if self.seat.is_some() => self.on_game_push(&push, now, world),
            Push::Paid(paid) => self.on_paid(paid, world),
            Push::ChatNear(heard) => self.on_near(&heard, world),
            Push::ChatPrivate(heard) => self.on_private(&heard, world),
            Push::Died(died) => self.on_died(&died, now, world),
            Push::Looted(looted) => self.on_looted(&looted, world),
            Push::Other { kind, body, .. } => self.on_map_push(kind, &body, now, world),
            Push::BagChanged(_)
            | Push::TradeAsked(_)
            | Push::TradeState(_)
            | Push::TradeDone(_)
            | Push::TradeCanceled(_)
            | Push::MailCame(_)
            | Push::StaffSaid(_)
            | Push::Asked(_)
            | Push::AskOver(_)
            | Push::RoomMember(_)
            | Push::RoomLeft(_)
            | Push::RoomBack(_)
            | Push::RoomMatched(_)
            | Push::ReplaySaid(_)
            | Push::ReplayEnded(_)
            | Push::LevelUp(_)
            | Push::Hit(_)
            | Push::Progress(_)
            | Push::Room { .. } => {}
        }
    }

    fn on_chat(&mut self, chat: &ChatHeard, world: &mut World) {
        let line = Line::parse(&chat.text).filter(|line| line.run == world.run);
        let Some(line) = line else { return };
        world.chat_heard += 1;
        let Line { player, number, .. } = line;
        let speaker = world.board.account(player);
        if speaker != Some(chat.from) || !line.is_text(&chat.text) {
            let detail = format!("from {} (is {speaker:?}): {:?}", chat.from, chat.text);
            return world.found(self.id, Finding::new("chat_garbled", detail));
        }
        match self.ear.hear(player, number) {
            Hearing::Next => {}
            // Of what was said while it was not there, it hears nothing, or the end.
            Hearing::Skipped(_) if !self.listens => {}
            Hearing::Skipped(numbers) => world.board.skipped(self.id, player, numbers),
            Hearing::Again => {
                let detail = format!("line {number} of player {player} was heard before, or a later one");
                world.found(self.id, Finding::new("chat_doubled", detail));
            }
        }
    }

    fn on_paid(&mut self, paid: Paid, world: &mut World) {
        world.paid_heard += 1;
        let Some(identity) = &self.identity else { return };
        if world.board.plays(paid.from) {
            let transfer = Transfer { from: paid.from, to: identity.account, amount: paid.amount };
            let told = world.board.told(paid.lsn, transfer, End::Payee);
            world.check(self.id, told);
        } else {
            self.has_stranger = true;
        }
        let wallet = self.wallet.paid_in(paid.wallet, paid.amount, paid.lsn);
        world.check(self.id, wallet);
    }

    fn settle(&mut self, cseq: u64, sent: &Sent, fate: Fate, now: Instant, world: &mut World) {
        world.stats.ended(sent.what.deed(), Ending::Unanswered, now - sent.due);
        match &sent.what {
            What::Market(dealing) => self.settle_deal(dealing, fate, world),
            What::Pay { to, amount, .. } => {
                let (to, amount) = (*to, *amount);
                world.fates.count(fate);
                match fate {
                    Fate::Happened => {
                        self.wallet.happened(amount);
                        self.paid_out += amount;
                        world.board.moved(to, amount);
                    }
                    Fate::DidNot => {}
                    Fate::Unknown => {
                        self.wallet.lose_track();
                        world.board.taint(to);
                    }
                }
                if let Some(payment) = self.payment(cseq, sent, world) {
                    world.log(Payment { outcome: fate.into(), ..payment });
                }
            }
            // What was not durable can have been heard and still be told as not done.
            What::Chat { number } => world.board.void(self.id, *number),
            What::Wallet
            | What::Join
            | What::Characters
            | What::Create
            | What::Enter
            | What::Echo { .. }
            | What::Near
            | What::Private { .. }
            | What::Attack
            | What::Respawn
            | What::Game(_) => {}
        }
    }

    /// The line of a payment that was sent as command `cseq`, before it is known what became of it.
    fn payment(&self, cseq: u64, sent: &Sent, world: &World) -> Option<Payment> {
        let (What::Pay { to, amount, .. }, Some(identity)) = (&sent.what, &self.identity) else {
            return None;
        };
        Some(Payment {
            player: self.id,
            account: identity.account,
            session_gen: identity.session_gen,
            epoch: identity.epoch,
            cseq,
            to: *to,
            amount: *amount,
            outcome: PaymentOutcome::Unknown,
            code: String::new(),
            lsn: 0,
            sent_us: world.micros(sent.at),
            learned_us: 0,
        })
    }

    /// Says whose deal this is.
    fn sign(&self, deal: Deal) -> Deal {
        let (Some(market), Some(identity)) = (&self.market, &self.identity) else { return deal };
        let Identity { account, session_gen, epoch } = *identity;
        Deal { player: self.id, account, character: market.character, session_gen, epoch, ..deal }
    }

    fn drop_rest(&mut self, world: &mut World) {
        for (action, count) in self.schedule.drop_rest() {
            world.stats.unsent(action.into(), count);
        }
    }
}

impl What {
    fn deed(&self) -> Deed {
        match self {
            Self::Wallet => Deed::Wallet,
            Self::Join => Deed::Join,
            Self::Characters | Self::Create | Self::Enter => Deed::Enter,
            Self::Market(dealing) => dealing.errand.deed(dealing.deal.as_ref()),
            Self::Pay { .. } => Deed::Pay,
            Self::Chat { .. } => Deed::Chat,
            Self::Echo { .. } => Deed::Echo,
            Self::Near => Deed::Near,
            Self::Private { .. } => Deed::Private,
            Self::Attack => Deed::Attack,
            Self::Respawn => Deed::Respawn,
            Self::Game(errand) => errand.deed(),
        }
    }
}
