//! Several who have the right to one session at the same instant: with one token (F69), or by logins of one account in
//! whatever way (F70). One of them plays, and nothing of value happens twice or is lost.

use std::{
    collections::BTreeMap,
    net::{Shutdown, SocketAddr},
    sync::{Arc, Barrier, mpsc},
    thread,
};

use proto::{
    client::{BindName, CharCreate, CharEnter, Character, LoginPassword, Pay, Status},
    kinds,
    packet::Packet,
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    player::Player,
    stack::{Role, Stack, run},
};

const RICH: i64 = 1_000_000_000_000;
const SETTINGS: &[&str] = &[
    "--set",
    "game.start_gold=1000000000000",
    "--set",
    "game.commands_per_s=100000",
    "--set",
    "game.commands_burst=100000",
    "--set",
    "game.argon2_memory_kib=64",
    "--set",
    "game.argon2_passes=1",
];

/// What one of them does once the door is open.
type Way<T> = Box<dyn FnOnce(Player) -> T + Send>;

/// Each gets a door of its own; they all begin in the same instant. What became of each.
fn at_once<T: Send + 'static>(owner: &Player, ways: Vec<Way<T>>) -> Vec<T> {
    let together = Arc::new(Barrier::new(ways.len()));
    let begin = |way: Way<T>| {
        let (together, twin) = (together.clone(), owner.twin());
        thread::spawn(move || {
            together.wait();
            way(twin)
        })
    };
    let racers: Vec<_> = ways.into_iter().map(begin).collect();
    racers.into_iter().map(|racer| racer.join().expect("no racer fails")).collect()
}

/// Pays 1, 2, 3 … until told to stop; then how often.
fn stream(server: SocketAddr, to: u64) -> (mpsc::Sender<()>, thread::JoinHandle<usize>) {
    let (stop, stopped) = mpsc::channel();
    let stream = thread::spawn(move || {
        let (mut payer, mut paid) = (Player::guest(server), 0);
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            paid += 1;
            payer.pays(to, paid);
        }
        usize::try_from(paid).expect("small")
    });
    (stop, stream)
}

#[test]
fn of_many_who_resume_with_one_token_at_once_one_goes_on_and_no_packet_is_lost_or_doubled() {
    let rounds = Tier::current().pick(50, 1_000);
    let stack = Stack::start(SETTINGS);
    let mut owner = Player::guest(stack.listen);
    let mut payee = Player::guest(stack.listen);
    let (account, to) = (owner.known.account, payee.known.account);
    let (stop, stream) = stream(stack.listen, account);
    let mut ends = BTreeMap::new();
    for round in 1..=rounds {
        if round % 3 == 0 {
            // Half of it at once away, half of it still there.
            owner.raw.socket().shutdown(Shutdown::Both).expect("a socket");
        }
        let racers = if round % 2 == 0 { 2 } else { 8 };
        let way = || -> Way<Result<Player, String>> {
            Box::new(move |mut twin| {
                twin.resumes_here()?;
                twin.sends(kinds::PAY, &wire::encode(&Pay { to, amount: 1 }));
                let answer = twin.is_answered()?;
                assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
                Ok(twin)
            })
        };
        let ways = (0..racers).map(|_| way()).collect();
        let mut winners = Vec::new();
        for came in at_once(&owner, ways) {
            match came {
                Ok(winner) => winners.push(winner),
                Err(name) => *ends.entry(name).or_insert(0) += 1,
            }
        }
        assert_eq!(winners.len(), 1, "round {round}: {ends:?}");
        let winner = winners.pop().expect("one");
        let before = std::mem::replace(&mut owner, winner);
        if round % 3 != 0 {
            assert_eq!({ before.raw }.close_name(), "superseded");
        }
        // What it heard in its time goes on where the one before ended.
        owner.paid.splice(0..0, before.paid);
        payee.has_been_paid(round);
    }
    drop(stop);
    let paid = stream.join().expect("the payer noticed nothing");
    owner.has_been_paid(paid);
    let told: Vec<i64> = (1..).take(paid).collect();
    assert_eq!(owner.paid, told, "each once and in order");
    println!("{rounds} races, {paid} payments meanwhile; who lost was told {ends:?}");
    assert!(ends.keys().all(|name| ["superseded", "bad"].contains(&name.as_str())), "{ends:?}");
    assert_eq!((stack.figure(Role::Game, "sessions"), owner.known.session_gen), (3, 1));
    assert!(stack.stop().status.success());
}

/// How one comes in.
#[derive(Clone, Copy, Debug)]
enum By {
    Secret,
    Ticket,
    Token,
    /// With the name in this form.
    Password(&'static str),
}

/// Two at a time, of a guest and of somebody with a name.
const GUESTS: &[[By; 2]] = &[
    [By::Secret, By::Ticket],
    [By::Ticket, By::Ticket],
    [By::Secret, By::Token],
    [By::Ticket, By::Token],
    [By::Secret, By::Secret],
];
const NAMED: &[[By; 2]] = &[
    [By::Password("Lena"), By::Password("LENA")],
    [By::Password("lEna"), By::Password("Ｌｅｎａ")],
    [By::Password("ｌｅｎａ"), By::Ticket],
    [By::Password("Lena"), By::Token],
];
const PASSWORD: &str = "a wardrobe of tin";

/// What one of two did.
struct Raced {
    twin: Player,
    came_in: bool,
    /// Why it was not let in, or was closed.
    ended: Option<String>,
    /// Numbers and amounts of what it was told to have paid.
    told: Vec<(u64, i64)>,
}

/// Comes in, enters the world and pays four times, all in one frame, amounts from `first` on.
fn come_and_pay(mut twin: Player, by: By, character: u64, to: u64, first: i64) -> Raced {
    let came = match by {
        By::Token => twin.resumes_here(),
        By::Secret => twin.comes_here(kinds::LOGIN_SECRET, &twin.secret_login()),
        By::Ticket => twin.comes_here(kinds::LOGIN_TICKET, &twin.ticket_login()),
        By::Password(name) => {
            let (name, password) = (name.to_owned(), PASSWORD.to_owned());
            twin.comes_here(kinds::LOGIN_PASSWORD, &wire::encode(&LoginPassword { name, password }))
        }
    };
    if let Err(name) = came {
        return Raced { twin, came_in: false, ended: Some(name), told: Vec::new() };
    }
    let mut packets = Vec::new();
    let mut put = |kind, body: Vec<u8>| {
        twin.cseq += 1;
        Packet { kind, cseq: twin.cseq, body: &body, ..Packet::default() }.put(&mut packets);
    };
    put(kinds::CHAR_ENTER, wire::encode(&CharEnter { character }));
    let payments = first..first + PAYMENTS;
    for amount in payments.clone() {
        put(kinds::PAY, wire::encode(&Pay { to, amount }));
    }
    let first_cseq = twin.cseq + 1 - u64::try_from(PAYMENTS).expect("few");
    twin.raw.send_packets(&packets);
    let mut told = Vec::new();
    for (cseq, amount) in (first_cseq..).zip(payments) {
        match twin.answers(cseq) {
            Ok(answer) => {
                assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
                told.push((cseq, amount));
            }
            Err(name) => return Raced { twin, came_in: true, ended: Some(name), told },
        }
    }
    Raced { twin, came_in: true, ended: None, told }
}

/// Whether it has the session. Who has not was told why.
fn still_plays(raced: &mut Raced) -> bool {
    if raced.ended.is_none() {
        raced.twin.sends(kinds::WALLET_READ, &[]);
        raced.ended = raced.twin.is_answered().err();
    }
    match (&raced.ended, raced.came_in) {
        (None, _) => true,
        (Some(name), true) => {
            assert_eq!(name, "superseded");
            false
        }
        (Some(name), false) => {
            // Another login ended the ticket or the session, or came a moment later while this one was not durable.
            assert!(["bad_credentials", "superseded"].contains(&name.as_str()), "{name}");
            false
        }
    }
}

#[test]
fn of_two_who_log_in_to_one_account_in_any_way_at_once_one_plays_and_nothing_is_paid_twice_or_lost() {
    let rounds = Tier::current().pick(60, 500);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, SETTINGS);
    let mut payee = Player::guest(stack.listen);
    let to = payee.known.account;
    let mut owners = [Player::guest(stack.listen), Player::guest(stack.listen)];
    let characters = ["Ida", "Bob"].map(|name| wire::encode(&CharCreate { name: name.to_owned() }));
    let mut at = 0;
    let characters = characters.map(|body| {
        at += 1;
        wire::decode::<Character>(&owners[at - 1].ok(kinds::CHAR_CREATE, &body), Budget::CLIENT)
            .expect("one")
            .id
    });
    let (name, password) = ("Lena".to_owned(), PASSWORD.to_owned());
    owners[1].ok(kinds::BIND_NAME, &wire::encode(&BindName { name, password }));
    let (mut amount, mut both) = (1, 0);
    let mut told: [BTreeMap<u64, i64>; 2] = Default::default();
    for round in 0..rounds {
        let who = round % 2;
        let pairs = if who == 0 { GUESTS } else { NAMED };
        let pair = pairs[round / 2 % pairs.len()];
        let ways = pair.map(|by| -> Way<Raced> {
            let (character, first) = (characters[who], amount);
            amount += PAYMENTS;
            Box::new(move |twin| come_and_pay(twin, by, character, to, first))
        });
        let mut raced = at_once(&owners[who], ways.into());
        assert_eq!(owners[who].raw.close_name(), "superseded", "{pair:?}");
        both += usize::from(raced.iter().all(|raced| raced.came_in));
        let plays: Vec<bool> = raced.iter_mut().map(still_plays).collect();
        assert_eq!(plays.iter().filter(|plays| **plays).count(), 1, "{pair:?}: one session");
        for (cseq, amount) in raced.iter().flat_map(|raced| &raced.told) {
            assert_eq!(told[who].insert(*cseq, *amount), None, "{pair:?}: number {cseq} was executed twice");
        }
        let winner = raced.swap_remove(usize::from(!plays[0]));
        assert_eq!(winner.told.len(), 4, "{pair:?}: who plays was answered");
        owners[who] = winner.twin;
        payee.gold();
        if round % 10 == 9 {
            let figures = ["sessions", "avatars"].map(|name| stack.figure(Role::Game, name));
            assert_eq!(figures, [3, 2], "each is there once");
        }
    }
    let gold = payee.gold();
    let mut paid = payee.paid.clone();
    paid.sort_unstable();
    assert!(paid.windows(2).all(|two| two[0] < two[1]), "an amount came twice: {paid:?}");
    assert!(told.iter().flat_map(BTreeMap::values).all(|amount| paid.binary_search(amount).is_ok()));
    assert_eq!(gold, RICH + paid.iter().sum::<i64>());
    let left: i64 = owners.iter_mut().map(Player::gold).sum();
    assert_eq!(left + gold, 3 * RICH, "all gold is there");
    println!("{rounds} races of two, {both} times both came in; {} payments", paid.len());
    assert!(stack.stop().status.success());
    let output = run(&["audit", "--data", data.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Of each who comes in.
const PAYMENTS: i64 = 4;
