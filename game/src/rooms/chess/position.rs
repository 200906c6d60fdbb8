//! One position: moves in and out of UCI notation, and what the rules say of it alone. Knows no history and no clock.

use cozy_chess::{BitBoard, Board, Color, File, Move, Piece, Rank, Square, get_pawn_attacks};

use super::side::Side;

/// Who is to move.
pub(super) fn to_move(board: &Board) -> Side {
    side(board.side_to_move())
}

/// A legal move as UCI writes it: castling is the king's two squares, which the board calls "king takes rook".
///
/// Nothing for what is no move, is not legal, or is written in another way (`e1h1`, `E2E4`, `e2e4q`).
pub(super) fn read(board: &Board, uci: &str) -> Option<Move> {
    let squares = uci.get(0..4)?;
    let promotion = match uci.get(4..)? {
        "" => None,
        "n" => Some(Piece::Knight),
        "b" => Some(Piece::Bishop),
        "r" => Some(Piece::Rook),
        "q" => Some(Piece::Queen),
        _ => return None,
    };
    let mut played =
        Move { from: squares.get(0..2)?.parse().ok()?, to: squares.get(2..4)?.parse().ok()?, promotion };
    if board.colors(board.side_to_move()).has(played.to) {
        return None;
    }
    let king = board.king(board.side_to_move());
    let is_castling = played.from == king
        && played.from.rank() == played.to.rank()
        && (played.from.file() as usize).abs_diff(played.to.file() as usize) == 2;
    if is_castling {
        let rights = board.castle_rights(board.side_to_move());
        let rook = if played.to.file() == File::G { rights.short? } else { rights.long? };
        played.to = Square::new(rook, king.rank());
    }
    board.is_legal(played).then_some(played)
}

/// The same the other way, of a move that is legal here.
pub(super) fn write(board: &Board, played: Move) -> String {
    let mut shown = played;
    if board.colors(board.side_to_move()).has(played.to) {
        let file = if played.from.file() < played.to.file() { File::G } else { File::C };
        shown.to = Square::new(file, played.to.rank());
    }
    shown.to_string()
}

/// The same for positions that are the same by the rules: pieces, who is to move, castling, and en passant only where
/// it can be played.
pub(super) fn key(board: &Board) -> u64 {
    let passant = board.en_passant().filter(|file| {
        let rank = Rank::Sixth.relative_to(board.side_to_move());
        let to = Square::new(*file, rank);
        let pawns = get_pawn_attacks(to, !board.side_to_move())
            & board.colored_pieces(board.side_to_move(), Piece::Pawn);
        pawns.iter().any(|from| board.is_legal(Move { from, to, promotion: None }))
    });
    match passant {
        Some(file) => board.hash_without_ep() ^ (file as u64 + 1).wrapping_mul(PASSANT_KEY),
        None => board.hash_without_ep(),
    }
}

/// Whether this side could mate by any moves of both. Says yes too often rather than no: only what no player can win
/// by is sorted out.
pub(super) fn can_mate(board: &Board, by: Side) -> bool {
    let color = color(by);
    let (ours, theirs) = (board.colors(color), board.colors(!color));
    let [knights, bishops] = [Piece::Knight, Piece::Bishop].map(|piece| board.pieces(piece));
    let heavy = board.pieces(Piece::Pawn) | board.pieces(Piece::Rook) | board.pieces(Piece::Queen);
    if !(ours & heavy).is_empty() {
        return true;
    }
    if !(ours & knights).is_empty() {
        // One knight mates only with a man of theirs in the king's way, and a queen would be none.
        let helpers = theirs & !(board.pieces(Piece::King) | board.pieces(Piece::Queen));
        return 2 < ours.len() || !helpers.is_empty();
    }
    if !(ours & bishops).is_empty() {
        let one_shade =
            bishops.is_subset(BitBoard::DARK_SQUARES) || bishops.is_subset(BitBoard::LIGHT_SQUARES);
        return !one_shade || !knights.is_empty() || !board.pieces(Piece::Pawn).is_empty();
    }
    false
}

/// How a game stands by the position alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Who is to move can move.
    Open,
    /// Who is to move is mated.
    Mate,
    /// Who is to move is not in check and cannot move.
    Stalemate,
    /// Nobody can mate any more.
    Dead,
}

/// See [`Standing`]. Of fifty moves and repetitions it knows nothing.
pub(super) fn standing(board: &Board) -> Standing {
    if !board.generate_moves(|_| true) {
        return if board.checkers().is_empty() { Standing::Stalemate } else { Standing::Mate };
    }
    if Side::BOTH.iter().any(|side| can_mate(board, *side)) { Standing::Open } else { Standing::Dead }
}

fn side(color: Color) -> Side {
    match color {
        Color::White => Side::White,
        Color::Black => Side::Black,
    }
}

fn color(side: Side) -> Color {
    match side {
        Side::White => Color::White,
        Side::Black => Color::Black,
    }
}

/// Odd, so that eight files give eight keys.
const PASSANT_KEY: u64 = 0x9e37_79b9_7f4a_7c15;
