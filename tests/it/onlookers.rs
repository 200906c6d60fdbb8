//! Matches that somebody looks on at while they are played, and that players find, fetch and watch again afterwards, by the
//! client library and over a real server.

use client::{Outcome, Push};
use proto::{
    client::{ChessMoved, ChessOver, ReplayEnded},
    wire::Typed as _,
};

use crate::support::{
    duel::{Duel, MOVED, OVER, Side},
    stack::{Stack, run},
};

fn ok<T: std::fmt::Debug>(said: Result<Outcome<T>, client::Error>) -> T {
    match said {
        Ok(Outcome::Ok(value)) => value,
        other => panic!("{other:?}"),
    }
}

/// What a match says of its moves and its end to one who watches it again, and how that ended.
async fn watches(side: &mut Side) -> (Vec<String>, String, ReplayEnded) {
    let (mut moves, mut over) = (Vec::new(), String::new());
    loop {
        let push = side.pushes.next().await.expect("it looks on");
        if let Push::ReplayEnded(ended) = push {
            return (moves, over, ended);
        }
        match push.replayed() {
            Some(Push::Room { kind: MOVED, body, .. }) => {
                moves.push(ChessMoved::from_body(&body).expect("a move").uci);
            }
            Some(Push::Room { kind: OVER, body, .. }) => {
                over = ChessOver::from_body(&body).expect("an end").reason;
            }
            _ => {}
        }
    }
}

#[test]
fn a_match_is_looked_on_at_then_listed_rated_fetched_and_watched_again() {
    // Fetching and watching cost as much as many commands.
    let stack = Stack::start(&["--set", "game.commands_burst=10000"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut duel = Duel::begin(stack.listen, 50).await;
        let mut guest = Side::guest(stack.listen).await;
        let listed = ok(guest.client.room_list("chess", 0).await);
        let room = listed.rooms.iter().find(|room| room.room == duel.room).expect("it is in the list");
        assert_eq!((room.players, room.players_max, room.open), (2, 2, false));
        assert_eq!(ok(guest.client.spectate(&room.name).await).room, duel.room);
        for uci in MOVES {
            duel.moves(uci).await;
            assert_eq!(guest.hears::<ChessMoved>(MOVED).await.uci, uci, "an onlooker hears it too");
        }
        let ended = duel.black_resigns().await;
        assert_eq!(guest.hears::<ChessOver>(OVER).await, ended);
        assert_eq!((duel.white.gold().await, duel.black.gold().await), (1_050, 950));
        let [white, black] = [&duel.white, &duel.black].map(|side| side.client.rating("chess"));
        let (white, black) = (ok(white.await), ok(black.await));
        assert_eq!((white.games, black.games), (1, 1));
        assert!(black.rating < 1_500 && 1_500 < white.rating, "{black:?} {white:?}");

        let replays = ok(guest.client.replay_list(duel.white.account, 0).await).replays;
        let infos: Vec<_> =
            replays.iter().map(|info| (info.replay, info.kind.as_str(), info.place)).collect();
        assert_eq!(infos, [(duel.room, "chess", 1)]);
        let file = stack.data().join("fetched.replay");
        std::fs::write(&file, ok(guest.client.replay_fetch(duel.room).await)).expect("written");
        let shown = run(&["replay", file.to_str().expect("UTF-8")]);
        let story = String::from_utf8_lossy(&[shown.stdout, shown.stderr].concat()).into_owned();
        assert!(shown.status.success() && story.contains("same hash as then"), "{story}");
        assert!(MOVES.iter().all(|uci| story.contains(uci)), "{story}");

        for speed in [0, 17] {
            let said = guest.client.replay_watch(duel.room, speed, 0).await.expect("answered");
            assert_eq!(said, Outcome::Rejected("bad_speed".to_owned()));
        }
        ok(guest.client.replay_watch(duel.room, 16, 0).await);
        let (moves, over, end) = watches(&mut guest).await;
        assert_eq!((moves, over), (MOVES.map(str::to_owned).to_vec(), ended.reason));
        assert_eq!((end.replay, end.hash_ok, end.error.as_str()), (duel.room, true, ""));
        // At its own pace it would take as long as it did; who has seen enough says so.
        ok(guest.client.replay_watch(duel.room, 1, 0).await);
        let twice = guest.client.replay_watch(duel.room, 1, 0).await.expect("answered");
        assert_eq!(twice, Outcome::Rejected("already_watching".to_owned()));
        ok(guest.client.replay_stop().await);
        let idle = guest.client.replay_stop().await.expect("answered");
        assert_eq!(idle, Outcome::Rejected("not_watching".to_owned()));
    });
    assert!(stack.stop().status.success());
}

const MOVES: [&str; 4] = ["e2e4", "e7e5", "g1f3", "b8c6"];
