//! Mistakes planted at the seams around the production code, to show that a run finds them. Each is what one
//! wrong line in dbfront or game would do.

macro_rules! lies {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A planted mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Lie { $($(#[$doc])* $name,)* }

        impl Lie {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stable, for people.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

lies! {
    /// Acknowledges without a sync (D1 b).
    SyncIsForgotten = "sync_is_forgotten";
    /// Takes a failed sync for one that worked (Y1).
    SyncErrorIsSwallowed = "sync_error_is_swallowed";
    /// Makes segments without a sync of their folder (D1 c).
    FolderSyncIsForgotten = "folder_sync_is_forgotten";
    /// Says DURABLE when a turn comes in (D6).
    AckOnReceipt = "ack_on_receipt";
    /// Commits the rows first and the cursor by itself (X1).
    CursorOutside = "cursor_outside";
    /// Takes a commit that ended in an error for one that did not happen, and applies again whatever the
    /// versions (X5, X6).
    ErrorMeansUndone = "error_means_undone";
    /// Goes on with the connection on which a transaction failed (X3).
    ConnectionIsKept = "connection_is_kept";
    /// Leaves out a row of a batch (O5).
    RowIsSkipped = "row_is_skipped";
    /// Cuts a record that was acknowledged off the end at a start (Y3).
    TailIsCut = "tail_is_cut";
    /// Lets a former writer write (E3).
    FenceIsOpen = "fence_is_open";
    /// Answers reads from the database alone, without what is not applied yet.
    OverlayIsForgotten = "overlay_is_forgotten";
    /// Leaves a row that goes to disk again as it was there.
    RunKeepsTheFirst = "run_keeps_the_first";
    /// Reads rows that left memory as they were when they were read first.
    SnapshotIsKept = "snapshot_is_kept";
    /// Loses a turn between two others.
    TurnIsLost = "turn_is_lost";
    /// Loses a packet of those that a session has missed.
    RingDropsOne = "ring_drops_one";
    /// Sends one of them twice.
    RingSendsTwice = "ring_sends_twice";
    /// Does not keep what an audience hears for the one of it whose connection is gone.
    GatheredIsLost = "gathered_is_lost";
    /// Lets go of a session's connection before it has looked at the token of a resume (S4).
    ResumeTouchesFirst = "resume_touches_first";
    /// Takes any token that a session ever had (S3).
    OldTokenLives = "old_token_lives";
    /// Gives the seat of an account to the connection that is named last.
    SeatOrderIgnored = "seat_order_ignored";
    /// Says that a command arrived which did not.
    ResumedTooHigh = "resumed_too_high";
}
