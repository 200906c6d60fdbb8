//! Two scripted players of chess over the client library, who hear everything and compare it.

use std::net::SocketAddr;

use client::{Client, News, Options, Outcome, Push, Pushes};
use proto::{
    client::{ChessMove, ChessMoved, ChessOptions, ChessOver, ChessState},
    wire::{self, Typed},
};

/// One of them.
pub struct Side {
    pub client: Client,
    pub pushes: Pushes,
    pub account: u64,
}

/// A match.
pub struct Duel {
    pub white: Side,
    pub black: Side,
    pub room: u64,
    plies: u32,
}

impl Side {
    /// A new guest.
    pub async fn guest(server: SocketAddr) -> Self {
        let (client, pushes) = Client::connect(&Options::new(server.to_string())).await.expect("it listens");
        let account = client.login_guest().await.expect("in").account;
        Self { client, pushes, account }
    }

    /// The next of what the room says that is of this kind; the server may die meanwhile.
    pub async fn hears<T: Typed>(&mut self, kind: u32) -> T {
        loop {
            if let Push::Room { kind: got, body, .. } = self.pushes.next().await.expect("it plays")
                && got == kind
            {
                return T::from_body(&body).expect("the room's own");
            }
        }
    }

    /// Waits for the word of another game process that it still has its seat in this room, and for what it sees then.
    pub async fn is_back(&mut self, room: u64) -> ChessState {
        loop {
            match self.pushes.news().await.expect("it plays") {
                News::Reset(known) => break assert_eq!(known.room, room, "its seat is kept"),
                News::Away { closed } => panic!("its connection is gone: {closed:?}"),
                _ => {}
            }
        }
        self.hears(STATE).await
    }

    /// Asked again where a server died over it.
    pub async fn gold(&self) -> i64 {
        let said = self.client.insisting().wallet().await;
        let Ok(Outcome::Ok(wallet)) = said else { panic!("{said:?}") };
        wallet.gold
    }

    async fn does(&self, kind: u32, body: &[u8]) {
        let said = self.client.command(kind, body).await.expect("answered");
        assert!(matches!(said, Outcome::Ok(_)), "{kind}: {said:?}");
    }
}

impl Duel {
    /// Both sit down, for this stake.
    pub async fn begin(server: SocketAddr, stake: i64) -> Self {
        let (mut white, mut black) = (Side::guest(server).await, Side::guest(server).await);
        let options = ChessOptions {
            base_s: Some(BASE_S),
            increment_s: Some(0),
            stake,
            opener: 1,
            ..ChessOptions::default()
        };
        let made = white.client.room_create("chess", &wire::encode(&options)).await.expect("answered");
        let Outcome::Ok(made) = made else { panic!("{made:?}") };
        let joined = black.client.join(&made.name).await.expect("answered");
        assert!(matches!(joined, Outcome::Ok(_)), "{joined:?}");
        for side in [&mut white, &mut black] {
            while side.hears::<ChessState>(STATE).await.black.is_none() {}
        }
        Self { white, black, room: made.room, plies: 0 }
    }

    /// Whoever's turn it is moves so; what both hear of it.
    pub async fn moves(&mut self, uci: &str) -> ChessMoved {
        let Self { white, black, plies, .. } = self;
        *plies += 1;
        let mover = if *plies % 2 == 1 { &*white } else { &*black };
        mover.does(MOVE, &wire::encode(&ChessMove { uci: uci.to_owned() })).await;
        let heard: ChessMoved = white.hears(MOVED).await;
        assert_eq!(heard, black.hears(MOVED).await);
        assert_eq!((heard.ply, heard.uci.as_str()), (*plies, uci));
        heard
    }

    /// Black gives up; what both hear of it.
    pub async fn black_resigns(&mut self) -> ChessOver {
        self.black.does(RESIGN, &[]).await;
        let heard: ChessOver = self.white.hears(OVER).await;
        assert_eq!(heard, self.black.hears(OVER).await);
        heard
    }

    /// Game is another one: both have their seats, and see this.
    pub async fn are_back(&mut self) -> ChessState {
        let state = self.white.is_back(self.room).await;
        let seen = self.black.is_back(self.room).await;
        assert_eq!((&state.moves, &state.fen), (&seen.moves, &seen.fen));
        state
    }
}

/// On each clock at the beginning.
pub const BASE_MS: u64 = 1_000 * BASE_S as u64;
const BASE_S: u32 = 300;
const MOVE: u32 = 1_040;
const RESIGN: u32 = 1_045;
const STATE: u32 = 1_050;
pub const MOVED: u32 = 1_051;
pub const OVER: u32 = 1_053;
