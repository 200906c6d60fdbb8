-- What staff did, in the record of its effect.
CREATE TABLE staff_log (
    lsn INTEGER NOT NULL,
    n INTEGER NOT NULL,
    staff TEXT NOT NULL,
    deed TEXT NOT NULL,
    account INTEGER NOT NULL,
    until_ms INTEGER,
    reason TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (lsn, n)
) STRICT, WITHOUT ROWID;
