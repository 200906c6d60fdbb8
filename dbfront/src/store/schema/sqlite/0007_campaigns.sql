-- Letters to many, and how far each has come.

CREATE TABLE campaign (
    key TEXT NOT NULL PRIMARY KEY,
    wish BLOB NOT NULL,
    state INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    staff TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
