-- Where the journal has been applied to: one row, changed in the transaction of every batch.
CREATE TABLE journal_cursor (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    journal_uuid BLOB NOT NULL,
    lsn INTEGER NOT NULL,
    chain_hash BLOB NOT NULL,
    game_epoch INTEGER NOT NULL,
    dbf_epoch INTEGER NOT NULL,
    schema_version INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT,
    secret_hash BLOB,
    password TEXT,
    session_gen INTEGER NOT NULL,
    cseq_last INTEGER NOT NULL,
    cseq_ok INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT;

CREATE TABLE account_name (
    name_key TEXT NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE wallet (
    account INTEGER NOT NULL PRIMARY KEY,
    gold INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
    lsn INTEGER NOT NULL,
    n INTEGER NOT NULL,
    from_account INTEGER NOT NULL,
    to_account INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    cseq INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (lsn, n)
) STRICT, WITHOUT ROWID;
