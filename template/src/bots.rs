//! What bots do: two and two play nim, as well as it can be played, and check what they hear.

use std::time::Duration;

use ding::{
    bot::{Actor, Failed, done},
    client::{Error, Outcome, Push},
    room::RoomKind as _,
};

use crate::{
    messages::{Board, Over, Take},
    room::{BOARD, Nim, OVER, TAKE},
};

// docs: play
/// One match, from looking for somebody to its end.
pub async fn play(actor: &mut Actor) -> Result<(), Failed> {
    // Asked again should the server die over it.
    done(actor.client.insisting().room_match(Nim::NAME, &[]).await?)?;
    loop {
        let push = actor.next().await?;
        if let Some(board) = push.read::<Board>(BOARD)?
            && board.mover == actor.account
        {
            let ms = 200 + actor.below(300);
            actor.think(Duration::from_millis(ms.into())).await;
            take(actor, &board).await?;
        }
        if let Some(over) = push.read::<Over>(OVER)?
            && (over.winner == 0 || over.gold != 20)
        {
            return Err(Failed::wrong("odd_end", format!("{over:?}")));
        }
        match push {
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
    match actor.client.room_call::<_, ()>(TAKE, &take).await {
        // It was late, or the server died over it: another board will come.
        Ok(Outcome::Ok(())) | Err(Error::Unanswered { .. }) => Ok(()),
        Ok(Outcome::Rejected(code)) if code == "not_your_turn" || code == "not_in_room" => Ok(()),
        Ok(other) => done(other),
        Err(error) => Err(error.into()),
    }
}
// docs: end
