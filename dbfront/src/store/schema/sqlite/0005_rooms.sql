-- Matches that survive their process, what they heard, the gold in their pots; and how they are played again.

CREATE TABLE room (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    options BLOB NOT NULL,
    seed BLOB NOT NULL,
    opened_ms INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    inputs INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    state BLOB NOT NULL,
    ver INTEGER NOT NULL
) STRICT;

CREATE TABLE room_entry (
    room INTEGER NOT NULL,
    first INTEGER NOT NULL,
    inputs BLOB NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (room, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE room_stake (
    room INTEGER NOT NULL,
    account INTEGER NOT NULL,
    gold INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE replay (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    options BLOB NOT NULL,
    seed BLOB NOT NULL,
    opened_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    inputs INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    players TEXT NOT NULL,
    ver INTEGER NOT NULL
) STRICT;
CREATE INDEX replay_by_time ON replay (ended_ms);

-- With the key beside it: its rows are large.
CREATE TABLE replay_chunk (
    replay INTEGER NOT NULL,
    n INTEGER NOT NULL,
    inputs BLOB NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (replay, n)
) STRICT;

CREATE TABLE replay_player (
    account INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ended_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    place INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, replay)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_player_by_replay ON replay_player (replay);

CREATE TABLE rating (
    account INTEGER NOT NULL,
    game INTEGER NOT NULL,
    rating INTEGER NOT NULL,
    games INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, game)
) STRICT, WITHOUT ROWID;

CREATE TABLE room_clock (
    id INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT;
