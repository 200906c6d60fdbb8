-- What several rules compare with, made once for an audit. The database itself is `main` and is not changed.

-- Who an id is; letters that were taken and deleted, and matches that are over, are known from the lines that filled
-- them.
CREATE TEMP TABLE holder (id INTEGER PRIMARY KEY, what TEXT NOT NULL);
INSERT INTO holder VALUES (0, 'world');
INSERT OR IGNORE INTO holder SELECT id, 'account' FROM main.account;
INSERT OR IGNORE INTO holder SELECT id, 'character' FROM main.character;
INSERT OR IGNORE INTO holder SELECT id, 'mail' FROM main.mail;
INSERT OR IGNORE INTO holder SELECT to_account, 'mail' FROM main.ledger WHERE reason = 7;
INSERT OR IGNORE INTO holder SELECT to_holder, 'mail' FROM main.goods_log WHERE reason = 7;
-- A letter of the house that was thrown away since: somebody took out what staff had put in.
INSERT OR IGNORE INTO holder SELECT to_account, 'mail' FROM main.ledger WHERE reason = 10 AND from_account = 0
    AND to_account IN (SELECT from_account FROM main.ledger WHERE reason IN (8, 13));
INSERT OR IGNORE INTO holder SELECT to_holder, 'mail' FROM main.goods_log WHERE reason = 10 AND from_holder = 0
    AND to_holder IN (SELECT from_holder FROM main.goods_log WHERE reason = 8);
INSERT OR IGNORE INTO holder SELECT id, 'match' FROM main.room;
INSERT OR IGNORE INTO holder SELECT room, 'match' FROM main.room_stake;
INSERT OR IGNORE INTO holder SELECT to_account, 'match' FROM main.ledger WHERE reason = 15;

-- Each line as what it does to its two holders; the world is none.
CREATE TEMP TABLE goods_move AS
    SELECT lsn, n, item, kind, to_holder AS holder, quantity AS delta, reason
    FROM main.goods_log WHERE to_holder <> 0
    UNION ALL SELECT lsn, n, item, kind, from_holder, -quantity, reason
    FROM main.goods_log WHERE from_holder <> 0;
CREATE INDEX temp.goods_move_by_record ON goods_move (lsn);
CREATE TEMP TABLE gold_move AS
    SELECT lsn, n, to_account AS holder, amount AS delta, reason FROM main.ledger WHERE to_account <> 0
    UNION ALL SELECT lsn, n, from_account, -amount, reason FROM main.ledger WHERE from_account <> 0;
CREATE INDEX temp.gold_move_by_holder ON gold_move (holder, lsn);

CREATE TEMP TABLE goods_sum (item INTEGER, holder INTEGER, quantity INTEGER, PRIMARY KEY (item, holder)) WITHOUT ROWID;
INSERT INTO goods_sum SELECT item, holder, SUM(delta) FROM goods_move GROUP BY item, holder;
CREATE TEMP TABLE gold_sum (holder INTEGER PRIMARY KEY, gold INTEGER);
INSERT INTO gold_sum SELECT holder, SUM(delta) FROM gold_move GROUP BY holder;

-- Which records a command has. A ledger line's command is of the account that the gold left, or that got it where it
-- came from the world or a letter. What a match moved may be of a command of anybody in it.
CREATE TEMP TABLE effect (account INTEGER, cseq INTEGER, lsn INTEGER, PRIMARY KEY (account, cseq, lsn)) WITHOUT ROWID;
INSERT INTO effect
    SELECT CASE WHEN from_account = 0 OR reason = 8 THEN to_account ELSE from_account END, cseq, lsn
    FROM main.ledger WHERE cseq <> 0 AND reason NOT BETWEEN 15 AND 18
    UNION SELECT account, cseq, lsn FROM main.goods_log WHERE cseq <> 0;
CREATE INDEX temp.effect_by_record ON effect (lsn);

-- Letters that left something in the logs.
CREATE TEMP TABLE sent AS
    SELECT lsn, to_account AS mail FROM main.ledger WHERE reason = 7
    UNION SELECT lsn, to_holder FROM main.goods_log WHERE reason = 7;
CREATE INDEX temp.sent_by_record ON sent (lsn);

-- What the ledger adds up to by hour and reason, in two halves, for it may be more than a number holds: such a sum stops
-- at the highest one.
CREATE TEMP TABLE hour_sum AS
    SELECT hour_ms, reason,
        CASE WHEN in_high + in_low / 1000000 < 9223372036854 THEN in_high * 1000000 + in_low
            ELSE 9223372036854775807 END AS gold_in,
        CASE WHEN out_high + out_low / 1000000 < 9223372036854 THEN out_high * 1000000 + out_low
            ELSE 9223372036854775807 END AS gold_out,
        CASE WHEN moved_high + moved_low / 1000000 < 9223372036854 THEN moved_high * 1000000 + moved_low
            ELSE 9223372036854775807 END AS gold_moved,
        lines
    FROM (SELECT wall_ms - wall_ms % 3600000 AS hour_ms, reason,
            SUM(CASE WHEN from_account = 0 AND to_account <> 0 THEN amount / 1000000 ELSE 0 END) AS in_high,
            SUM(CASE WHEN from_account = 0 AND to_account <> 0 THEN amount % 1000000 ELSE 0 END) AS in_low,
            SUM(CASE WHEN from_account <> 0 AND to_account = 0 THEN amount / 1000000 ELSE 0 END) AS out_high,
            SUM(CASE WHEN from_account <> 0 AND to_account = 0 THEN amount % 1000000 ELSE 0 END) AS out_low,
            SUM(CASE WHEN from_account <> 0 AND to_account <> 0 THEN amount / 1000000 ELSE 0 END) AS moved_high,
            SUM(CASE WHEN from_account <> 0 AND to_account <> 0 THEN amount % 1000000 ELSE 0 END) AS moved_low,
            COUNT(*) AS lines
        FROM main.ledger GROUP BY 1, 2);
