-- Whom players do not want to hear, and what they want staff to know.

CREATE TABLE chat_block (
    account INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    name TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, blocked)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
    account INTEGER NOT NULL,
    by_account INTEGER NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, by_account)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_by_time ON report (wall_ms);
