//! The board as a player has followed it: which moves are legal, what was repeated, and whether an end that is told is one.
//! Shares no code with the room that it judges but the rules of single moves.

use cozy_chess::{
    Board, Color, Move, Piece,
    util::{display_uci_move, parse_uci_move},
};

use crate::logic::world::Finding;

/// Whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    White = 0,
    Black = 1,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::White => Self::Black,
            Self::Black => Self::White,
        }
    }
}

/// A game that has been followed.
#[derive(Debug, Default)]
pub(super) struct Known {
    board: Board,
    moves: Vec<String>,
    /// Positions before the one on the board, since the last capture or move of a pawn.
    before: Vec<Board>,
}

impl Known {
    pub(super) fn plies(&self) -> usize {
        self.moves.len()
    }

    pub(super) fn to_move(&self) -> Side {
        match self.board.side_to_move() {
            Color::White => Side::White,
            Color::Black => Side::Black,
        }
    }

    pub(super) fn fen(&self) -> String {
        self.board.to_string()
    }

    /// All moves are shown: those that are known begin them, and they lead to this position.
    pub(super) fn show(&mut self, moves: &str, fen: &str) -> Result<(), Finding> {
        let shown: Vec<&str> = moves.split(' ').filter(|uci| !uci.is_empty()).collect();
        let begins = self.moves.len() <= shown.len() && self.moves.iter().zip(&shown).all(|(a, b)| a == b);
        if !begins {
            let detail = format!("{moves:?} after {:?}", self.moves.join(" "));
            return Err(Finding::new("chess_moves_lost", detail));
        }
        for uci in shown.into_iter().skip(self.moves.len()) {
            let ply = u32::try_from(self.moves.len() + 1).unwrap_or(u32::MAX);
            self.play(uci, ply)?;
        }
        if self.fen() != fen {
            return Err(Finding::new("chess_position", format!("{fen}, not {}", self.fen())));
        }
        Ok(())
    }

    /// The next move was told.
    pub(super) fn play(&mut self, uci: &str, ply: u32) -> Result<(), Finding> {
        if usize::try_from(ply).ok() != Some(self.moves.len() + 1) {
            let detail = format!("half-move {ply} after {}", self.moves.len());
            return Err(Finding::new("chess_ply", detail));
        }
        let played = parse_uci_move(&self.board, uci).ok().filter(|played| self.board.is_legal(*played));
        let Some(played) = played.filter(|played| display_uci_move(&self.board, *played).to_string() == uci)
        else {
            return Err(Finding::new("chess_illegal", format!("{uci} at {}", self.fen())));
        };
        let is_pawn = self.board.piece_on(played.from) == Some(Piece::Pawn);
        let is_capture = self.board.colors(!self.board.side_to_move()).has(played.to);
        let before = self.board.clone();
        self.board.play(played);
        self.moves.push(uci.to_owned());
        if is_pawn || is_capture {
            self.before.clear();
        } else {
            self.before.push(before);
        }
        Ok(())
    }

    /// How often the position on the board has been there.
    fn times(&self) -> usize {
        1 + self.before.iter().filter(|before| before.same_position(&self.board)).count()
    }

    pub(super) fn can_claim(&self) -> bool {
        3 <= self.times() || 100 <= self.before.len()
    }

    fn legal(&self) -> Vec<Move> {
        let mut legal = Vec::new();
        self.board.generate_moves(|of_piece| {
            legal.extend(of_piece);
            false
        });
        legal
    }

    /// A mate if there is one, else any move.
    pub(super) fn some_move(&self, wish: u32) -> Option<String> {
        let legal = self.legal();
        let mates = legal.iter().find(|played| {
            let mut next = self.board.clone();
            next.play(**played);
            !next.checkers().is_empty() && !next.generate_moves(|_| true)
        });
        let any = legal.get(usize::try_from(wish).unwrap_or(0) % legal.len().max(1));
        mates.or(any).map(|played| display_uci_move(&self.board, *played).to_string())
    }

    /// Whether such an end can be one of this position.
    pub(super) fn explains(&self, result: &str, reason: &str) -> bool {
        let can_move = !self.legal().is_empty();
        let is_check = !self.board.checkers().is_empty();
        let won_by_other = match self.to_move() {
            Side::White => "0-1",
            Side::Black => "1-0",
        };
        match reason {
            "checkmate" => !can_move && is_check && result == won_by_other,
            "stalemate" => !can_move && !is_check && result == DRAWN,
            _ if !can_move => false,
            // Time is of who is to move.
            "time" => result == won_by_other && 2 <= self.plies(),
            "time_without_material" | "agreement" => result == DRAWN,
            "resignation" => ["1-0", "0-1"].contains(&result),
            "left" => ["1-0", "0-1"].contains(&result) && 2 <= self.plies(),
            "dead_position" => result == DRAWN && self.is_bare(),
            "threefold" => result == DRAWN && 3 <= self.times(),
            "fifty_moves" => result == DRAWN && 100 <= self.before.len(),
            "fivefold" => result == DRAWN && 5 <= self.times(),
            "seventy_five_moves" => result == DRAWN && 150 <= self.before.len(),
            "too_long" => result == DRAWN && self.plies() == 2_000,
            "aborted" | "aborted_left" | "aborted_time" => result == "*" && self.plies() < 2,
            _ => false,
        }
    }

    /// Nothing on it with which anybody could mate: neither pawn, rook nor queen.
    fn is_bare(&self) -> bool {
        let heavy =
            self.board.pieces(Piece::Pawn) | self.board.pieces(Piece::Rook) | self.board.pieces(Piece::Queen);
        heavy.is_empty()
    }
}

const DRAWN: &str = "1/2-1/2";
