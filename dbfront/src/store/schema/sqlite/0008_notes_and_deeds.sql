-- What staff notes about players, and what its deeds changed.

CREATE TABLE staff_note (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    staff TEXT NOT NULL,
    text TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deed_key (
    key TEXT NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    asked BLOB NOT NULL,
    lsn INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_change (
    lsn INTEGER NOT NULL,
    n INTEGER NOT NULL,
    account INTEGER NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    PRIMARY KEY (lsn, n)
) STRICT, WITHOUT ROWID;
