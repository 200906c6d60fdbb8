-- Indexes are for people who look something up; nothing of ours reads by them, and no column but a key is unique.

CREATE TABLE restriction (
    account INTEGER NOT NULL PRIMARY KEY,
    banned_until_ms INTEGER,
    ban_reason TEXT,
    muted_until_ms INTEGER,
    ver INTEGER NOT NULL
) STRICT;

CREATE TABLE character (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    xp INTEGER NOT NULL,
    hp INTEGER NOT NULL,
    map INTEGER NOT NULL,
    x_mm INTEGER NOT NULL,
    y_mm INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    deleted_ms INTEGER,
    dead INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX character_by_id ON character (id);

CREATE TABLE character_name (
    name_key TEXT NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    character INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    holder INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    place INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (holder, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_by_id ON item (id);

CREATE TABLE goods_log (
    lsn INTEGER NOT NULL,
    n INTEGER NOT NULL,
    item INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    from_holder INTEGER NOT NULL,
    to_holder INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    account INTEGER NOT NULL,
    cseq INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (lsn, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX goods_log_by_item ON goods_log (item);

CREATE TABLE mail (
    to_character INTEGER NOT NULL,
    id INTEGER NOT NULL,
    from_character INTEGER NOT NULL,
    from_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    gold INTEGER NOT NULL,
    sent_ms INTEGER NOT NULL,
    read INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (to_character, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_by_id ON mail (id);
CREATE INDEX mail_by_sender ON mail (from_character);

CREATE TABLE grant_key (
    key TEXT NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    lsn INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
