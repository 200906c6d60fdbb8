//! What bots do: two and two play nim, as well as it can be played, and check what they hear.

use ding::{
    bot::{Actor, Failed, done},
    client::{Error, Outcome, Push},
    room::RoomKind as _,
};
use prost::Message as _;

use crate::{
    messages::{Board, Over, Take},
    room::{BOARD, Nim, OVER, TAKE},
};

// docs: play
/// One match, from joining to its end.
pub async fn play(actor: &mut Actor) -> Result<(), Failed> {
    if actor.players <= (actor.number ^ 1) {
        // An odd one out has nobody to play with.
        return Err(Failed::Over);
    }
    let table = format!("{}#{}", Nim::NAME, actor.number / 2 + 1);
    // Sent again should the server die over it.
    done(actor.client.insisting().join(&table).await?)?;
    loop {
        match actor.next().await? {
            Push::Room {
                kind: BOARD, body, ..
            } => {
                let board = Board::decode(body)
                    .map_err(|error| Failed::wrong("bad_board", error.to_string()))?;
                if board.mover == actor.account {
                    take(actor, &board).await?;
                }
            }
            Push::Room {
                kind: OVER, body, ..
            } => {
                let over = Over::decode(body)
                    .map_err(|error| Failed::wrong("bad_end", error.to_string()))?;
                let is_right = over.winner != 0 && over.gold == 20;
                return if is_right {
                    Ok(())
                } else {
                    Err(Failed::wrong("odd_end", format!("{over:?}")))
                };
            }
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
    match actor.client.command(TAKE, &take.encode_to_vec()).await {
        // It was late, or the server died over it: another board will come.
        Ok(Outcome::Ok(_)) | Err(Error::Unanswered { .. }) => Ok(()),
        Ok(Outcome::Rejected(code)) if code == "not_your_turn" || code == "not_in_room" => Ok(()),
        Ok(other) => done(other).map(drop),
        Err(error) => Err(error.into()),
    }
}
// docs: end
