//! The moves of a game and the position they lead to. As it is saved it is its moves alone, two bytes each: the
//! position and what was repeated follow from them. Knows no players and no clock.

use cozy_chess::{Board, Move, Piece, Square};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    position::{self, Standing},
    side::Side,
};

/// A game from the usual start.
#[derive(Clone, Debug)]
pub(super) struct Line {
    board: Board,
    moves: Vec<Move>,
    /// Keys of positions since the last capture or move of a pawn, the one on the board last. Before those none can
    /// have been the same.
    keys: Vec<u64>,
}

impl Line {
    pub(super) fn new() -> Self {
        let board = Board::default();
        Self { keys: vec![position::key(&board)], board, moves: Vec::new() }
    }

    /// Half-moves so far.
    pub(super) fn plies(&self) -> u32 {
        u32::try_from(self.moves.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn to_move(&self) -> Side {
        position::to_move(&self.board)
    }

    /// A legal move; none: it is not.
    pub(super) fn read(&self, uci: &str) -> Option<Move> {
        position::read(&self.board, uci)
    }

    /// Plays what [`Self::read`] gave.
    pub(super) fn play(&mut self, played: Move) {
        let is_pawn = self.board.piece_on(played.from) == Some(Piece::Pawn);
        let is_capture = self.board.colors(!self.board.side_to_move()).has(played.to);
        self.board.play(played);
        self.moves.push(played);
        if is_pawn || is_capture {
            self.keys.clear();
        }
        self.keys.push(position::key(&self.board));
    }

    /// Half-moves since the last capture or move of a pawn.
    pub(super) fn quiet_plies(&self) -> usize {
        self.keys.len().saturating_sub(1)
    }

    /// How often the position on the board has been there, this time too.
    pub(super) fn times(&self) -> usize {
        let last = self.keys.last();
        self.keys.iter().filter(|key| Some(*key) == last).count()
    }

    pub(super) fn standing(&self) -> Standing {
        position::standing(&self.board)
    }

    pub(super) fn can_mate(&self, by: Side) -> bool {
        position::can_mate(&self.board, by)
    }

    pub(super) fn fen(&self) -> String {
        self.board.to_string()
    }

    /// All moves in UCI notation, with a space between.
    pub(super) fn uci(&self) -> String {
        let mut board = Board::default();
        let mut text = String::with_capacity(self.moves.len() * 5);
        for played in &self.moves {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&position::write(&board, *played));
            board.play(*played);
        }
        text
    }

    /// From [`Self::saved`]; nothing if it is not a game.
    fn load(saved: &str) -> Option<Self> {
        let mut line = Self::new();
        let mut signs = saved.bytes().peekable();
        while let Some(from) = signs.next() {
            let (from, to) = (square(from)?, square(signs.next()?)?);
            let promotion = signs.peek().and_then(|sign| PROMOTIONS.iter().find(|(mark, _)| mark == sign));
            if promotion.is_some() {
                signs.next();
            }
            let played = Move { from, to, promotion: promotion.map(|(_, piece)| *piece) };
            if !line.board.is_legal(played) || PLIES_MAX <= line.plies() {
                return None;
            }
            line.play(played);
        }
        Some(line)
    }

    /// Two signs a move, a third for a promotion.
    fn saved(&self) -> String {
        let mut text = String::with_capacity(self.moves.len() * 2 + 8);
        for played in &self.moves {
            for square in [played.from, played.to] {
                text.push(char::from(SQUARES[square as usize]));
            }
            let mark = PROMOTIONS.iter().find(|(_, piece)| Some(*piece) == played.promotion);
            text.extend(mark.map(|(mark, _)| char::from(*mark)));
        }
        text
    }
}

#[cfg(test)]
impl Line {
    /// A position that tests begin with, after so many half-moves that are not known. It cannot be saved.
    pub(super) fn at(fen: &str, plies: usize) -> Self {
        let board: Board = fen.parse().expect("a position");
        let unknown = Move { from: Square::A1, to: Square::A1, promotion: None };
        Self { keys: vec![position::key(&board)], board, moves: vec![unknown; plies] }
    }

    /// Legal moves that capture nothing and are no pawn's.
    pub(super) fn quiet_moves(&self) -> Vec<String> {
        self.moves_that(|board, played| {
            board.piece_on(played.from) != Some(Piece::Pawn)
                && !board.colors(!board.side_to_move()).has(played.to)
        })
    }

    /// Legal moves of pawns that capture nothing.
    pub(super) fn pawn_moves(&self) -> Vec<String> {
        self.moves_that(|board, played| {
            board.piece_on(played.from) == Some(Piece::Pawn) && played.from.file() == played.to.file()
        })
    }

    pub(super) fn legal_moves(&self) -> Vec<String> {
        self.moves_that(|_, _| true)
    }

    fn moves_that(&self, is_right: impl Fn(&Board, Move) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        self.board.generate_moves(|of_piece| {
            found.extend(of_piece.into_iter().filter(|played| is_right(&self.board, *played)));
            false
        });
        found.into_iter().map(|played| position::write(&self.board, played)).collect()
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.saved())
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = String::deserialize(deserializer)?;
        Self::load(&saved).ok_or_else(|| D::Error::custom("moves that are no game"))
    }
}

fn square(sign: u8) -> Option<Square> {
    Square::try_index(SQUARES.iter().position(|known| *known == sign)?)
}

/// Half-moves of a game; the one after them would be refused, so the game is drawn with the last. Three times the
/// longest that masters have played.
pub(super) const PLIES_MAX: u32 = 2_000;
/// A sign for each square from `a1`, `b1` to `h8`.
const SQUARES: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// No sign of a square.
const PROMOTIONS: [(u8, Piece); 4] =
    [(b'!', Piece::Knight), (b'#', Piece::Bishop), (b'$', Piece::Rook), (b'%', Piece::Queen)];
