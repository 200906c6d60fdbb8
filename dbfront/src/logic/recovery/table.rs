//! What the end of a segment's frames means, as one table: how they ended, what comes after, and whether the
//! missing record is known to have been acknowledged. docs/JOURNAL.md carries the same table; a test compares.

/// How the frames of a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a SEAL.
    Sealed,
    /// With zeros or the end of the file.
    Zeros,
    /// With bytes that are not the next frame.
    Damaged,
}

/// What the next segment with a sound header is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// There is none.
    Nothing,
    /// It goes on exactly here: same LSN, same chain.
    Continues,
    /// It begins at a later record.
    Gap,
    /// It begins at a later record, and a segment in between has an unreadable header.
    GapWithDamage,
    /// It begins at this or an earlier record, with another chain.
    OtherHistory,
}

/// Who says that the first missing record was durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nobody: it was never acknowledged, as far as anyone can tell.
    None,
    /// The database's cursor alone.
    Cursor,
    /// The journal itself.
    Journal,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Walk the next segment.
    GoOn,
    /// The end after a clean stop.
    CleanEnd,
    /// The end after an unclean stop: copy what is not proven, go on in a new segment.
    UncleanEnd,
    /// As `UncleanEnd`, and what lies behind goes into quarantine.
    CutTail,
    /// Stop `CORRUPT_ACKED`.
    CorruptAcked,
    /// Stop `MISSING_SEGMENT`.
    MissingSegment,
    /// Stop `WRONG_JOURNAL`.
    WrongJournal,
    /// Stop `JOURNAL_BEHIND_DB`.
    BehindDb,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sealed, Self::Zeros, Self::Damaged];
}

impl Follows {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Nothing, Self::Continues, Self::Gap, Self::GapWithDamage, Self::OtherHistory];
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Cursor, Self::Journal];
}

/// A row: which combinations it is for, and what they mean.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Any of these.
    pub ends: &'static [End],
    /// Any of these.
    pub follows: &'static [Follows],
    /// Any of these.
    pub proofs: &'static [Proof],
    /// Then this.
    pub verdict: Verdict,
}

impl Row {
    /// Whether the combination is this row's.
    #[must_use]
    pub fn fits(&self, end: End, follows: Follows, proof: Proof) -> bool {
        self.ends.contains(&end) && self.follows.contains(&follows) && self.proofs.contains(&proof)
    }
}

/// The table. Each combination fits exactly one row.
pub const ROWS: [Row; 12] = [
    row(&End::ALL, &[Follows::Continues], &Proof::ALL, Verdict::GoOn),
    row(&[End::Sealed], &[Follows::Nothing], &[Proof::None], Verdict::CleanEnd),
    row(&[End::Zeros], &[Follows::Nothing], &[Proof::None], Verdict::UncleanEnd),
    row(&[End::Damaged], &[Follows::Nothing], &[Proof::None], Verdict::CutTail),
    row(&[End::Sealed, End::Zeros], &[Follows::Nothing], &[Proof::Cursor], Verdict::BehindDb),
    row(&[End::Damaged], &[Follows::Nothing], &[Proof::Cursor], Verdict::CorruptAcked),
    row(&End::ALL, &[Follows::Nothing], &[Proof::Journal], Verdict::CorruptAcked),
    row(&[End::Sealed, End::Zeros], &[Follows::Gap], &Proof::ALL, Verdict::MissingSegment),
    row(&[End::Damaged], &[Follows::Gap], &Proof::ALL, Verdict::CorruptAcked),
    row(&End::ALL, &[Follows::GapWithDamage], &Proof::ALL, Verdict::CorruptAcked),
    row(&[End::Sealed, End::Zeros], &[Follows::OtherHistory], &Proof::ALL, Verdict::WrongJournal),
    // What followed is here, so everything before it was durable: the damage took something acknowledged.
    row(&[End::Damaged], &[Follows::OtherHistory], &Proof::ALL, Verdict::CorruptAcked),
];

/// The verdict of the row that fits.
#[must_use]
pub fn decide(end: End, follows: Follows, proof: Proof) -> Verdict {
    let row = ROWS.iter().find(|row| row.fits(end, follows, proof));
    // The test next to this file walks all 45 combinations; refusing is right if it ever missed one.
    row.map_or(Verdict::CorruptAcked, |row| row.verdict)
}

const fn row(
    ends: &'static [End],
    follows: &'static [Follows],
    proofs: &'static [Proof],
    verdict: Verdict,
) -> Row {
    Row { ends, follows, proofs, verdict }
}
