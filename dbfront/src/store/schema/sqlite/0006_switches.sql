-- What staff has switched on for the whole world, and accounts that neither give nor take.

CREATE TABLE world_switch (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL,
    reason TEXT NOT NULL,
    staff TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE wealth_freeze (
    account INTEGER NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    staff TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT;
