//! What bots do: two and two play nim, as well as it can be played, and check what they hear.

use std::time::Duration;

use ding::{
    bot::{Actor, Failed, done},
    client::{Error, Outcome, Push, proto::client::RoomAsk},
    room::RoomKind as _,
};

use crate::{
    messages::{Board, Draw, Over, Take},
    room::{BOARD, DRAW, Nim, OVER, TAKE},
};

// docs: play
/// One match, from looking for somebody to its end.
pub async fn play(actor: &mut Actor) -> Result<(), Failed> {
    // Asked again should the server die over it.
    done(actor.client.insisting().room_match(Nim::NAME, &[]).await?)?;
    let mut may_be_drawn = false;
    loop {
        let push = actor.next().await?;
        if let Some(board) = push.read::<Board>(BOARD)?
            && board.mover == actor.account
        {
            let ms = 200 + actor.below(300);
            actor.think(Duration::from_millis(ms.into())).await;
            // Who is about to lose offers a draw now and then.
            if board.stones % 4 == 0 && actor.below(4) == 0 {
                may_be_drawn = true;
                unless_late(actor.client.command(DRAW, &[]).await)?;
            }
            take(actor, &board).await?;
        }
        if let Some(over) = push.read::<Over>(OVER)? {
            let is_right = match over.winner {
                0 => may_be_drawn && over.gold == 0,
                _ => over.gold == 20,
            };
            if !is_right {
                return Err(Failed::wrong("odd_end", format!("{over:?}")));
            }
        }
        match push {
            Push::Asked(ask) => {
                may_be_drawn = true;
                answer(actor, &ask).await?;
            }
            Push::RoomLeft(left) if left.reason == "finished" => return Ok(()),
            Push::RoomLeft(left) => return Err(Failed::wrong("left", left.reason)),
            _ => {}
        }
    }
}
// docs: end

// docs: take
/// Leaves a multiple of four behind, if that is possible.
async fn take(actor: &mut Actor, board: &Board) -> Result<(), Failed> {
    let stones = match board.stones % 4 {
        0 => 1 + actor.below(3.min(board.stones)),
        rest => rest,
    };
    let take = Take {
        stones,
        turn: board.turn,
    };
    unless_late(actor.client.room_call::<_, ()>(TAKE, &take).await)
}

/// Takes a draw now and then.
async fn answer(actor: &mut Actor, ask: &RoomAsk) -> Result<(), Failed> {
    let agreed = actor.below(2) == 0;
    unless_late(actor.client.room_answer(ask, &Draw { agreed }).await)
}

/// The server died over it, or the match has gone on meanwhile: what there is to do now will come.
fn unless_late<T>(answer: Result<Outcome<T>, Error>) -> Result<(), Failed> {
    match answer {
        Err(Error::Unanswered { .. }) => Ok(()),
        Ok(Outcome::Rejected(code)) if LATE.contains(&code.as_str()) => Ok(()),
        Ok(other) => done(other).map(drop),
        Err(error) => Err(error.into()),
    }
}

const LATE: [&str; 4] = [
    "not_your_turn",
    "not_in_room",
    "no_such_ask",
    "already_offered",
];
// docs: end
