-- What players were told, beside what the logs say of the same commands.

CREATE TEMP TABLE deal (
    n INTEGER PRIMARY KEY, account INTEGER NOT NULL, character INTEGER NOT NULL, session_gen INTEGER NOT NULL,
    -- Of the game process in which the session began, or was reset last: a life of a session is (session_gen, epoch).
    epoch INTEGER NOT NULL,
    cseq INTEGER NOT NULL, deed TEXT NOT NULL, outcome TEXT NOT NULL,
    -- 1: it must have happened; 0: it must not; null: either.
    done INTEGER,
    code TEXT NOT NULL, lsn INTEGER NOT NULL, mail INTEGER NOT NULL, with_character INTEGER NOT NULL, gold_out INTEGER NOT NULL,
    gold_in INTEGER NOT NULL
);
-- Ids are strings in the log, and what is 0 is left out.
INSERT INTO deal
    SELECT n, CAST(json ->> 'account' AS INTEGER), CAST(json ->> 'character' AS INTEGER), json ->> 'session_gen',
        coalesce(json ->> 'epoch', 0),
        coalesce(json ->> 'cseq', 0), json ->> 'deed', json ->> 'outcome',
        CASE json ->> 'outcome' WHEN 'ok' THEN 1 WHEN 'happened' THEN 1 WHEN 'unknown' THEN NULL ELSE 0 END,
        coalesce(json ->> 'code', ''), coalesce(json ->> 'lsn', 0), CAST(coalesce(json ->> 'mail', 0) AS INTEGER),
        CAST(coalesce(json ->> 'with', 0) AS INTEGER), coalesce(json ->> 'gold_out', 0),
        coalesce(json ->> 'gold_in', 0)
    FROM deal_line;
CREATE INDEX temp.deal_by_command ON deal (account, cseq);
CREATE INDEX temp.deal_by_mail ON deal (mail);
CREATE TEMP TABLE deal_thing (
    deal INTEGER NOT NULL, way TEXT NOT NULL, item INTEGER NOT NULL, kind INTEGER NOT NULL, quantity INTEGER NOT NULL
);
INSERT INTO deal_thing
    SELECT n, way, CAST(coalesce(value ->> 'item', 0) AS INTEGER), value ->> 'kind', value ->> 'quantity'
    FROM (SELECT l.n, 'gives' AS way, t.value FROM deal_line AS l, json_each(l.json, '$.gives') AS t
        UNION ALL SELECT l.n, 'gets', t.value FROM deal_line AS l, json_each(l.json, '$.gets') AS t);
CREATE INDEX temp.deal_thing_by_deal ON deal_thing (deal);

-- Records of commands that the log has lines of.
CREATE TEMP TABLE deal_effect AS
    SELECT DISTINCT account, cseq, lsn FROM effect
    WHERE EXISTS (SELECT 1 FROM main.ledger AS l WHERE l.lsn = effect.lsn AND l.reason IN (2, 4, 5, 6, 7, 8))
    OR EXISTS (SELECT 1 FROM main.goods_log AS g WHERE g.lsn = effect.lsn AND g.reason IN (2, 4, 5, 6, 7, 8));
CREATE INDEX temp.deal_effect_by_command ON deal_effect (account, cseq);

-- Which line of the log is about which record: of all that were given the number, the last that may have happened, for
-- a number of which there is a record is never given out again. A trade's end names its record itself.
CREATE TEMP TABLE made (deal INTEGER PRIMARY KEY, lsn INTEGER NOT NULL);
INSERT OR IGNORE INTO made
    SELECT deal, lsn FROM (SELECT d.n AS deal, e.lsn, row_number() OVER
            (PARTITION BY e.account, e.cseq, e.lsn ORDER BY d.session_gen DESC, d.epoch DESC) AS back
        FROM deal_effect AS e JOIN deal AS d ON d.account = e.account AND d.cseq = e.cseq WHERE d.done IS NOT 0)
    WHERE back = 1;
INSERT OR IGNORE INTO made SELECT n, lsn FROM deal WHERE deed = 'trade_done' AND done = 1 AND lsn <> 0;

-- Of what was bought the shop chose the ids, and of a part that was sent the item was another before.
CREATE TEMP TABLE told_thing AS
    SELECT t.deal, t.way, CASE d.deed WHEN 'shop_buy' THEN 0 ELSE t.item END AS item, t.kind,
        SUM(t.quantity) AS quantity
    FROM deal_thing AS t JOIN made AS m ON m.deal = t.deal JOIN deal AS d ON d.n = t.deal
    GROUP BY 1, 2, 3, 4;
CREATE TEMP TABLE made_thing AS
    SELECT m.deal, CASE WHEN g.from_holder = d.character THEN 'gives' ELSE 'gets' END AS way,
        CASE d.deed WHEN 'shop_buy' THEN 0 ELSE g.item END AS item, g.kind, SUM(g.quantity) AS quantity
    FROM made AS m JOIN deal AS d ON d.n = m.deal JOIN main.goods_log AS g ON g.lsn = m.lsn
    WHERE CASE WHEN d.deed = 'mail_send' THEN g.from_holder = d.character AND NOT EXISTS (
            SELECT 1 FROM main.goods_log AS a
            WHERE a.lsn = g.lsn AND a.reason = 14 AND a.to_holder = d.character AND a.item = g.item)
        ELSE g.reason <> 14 AND d.character IN (g.from_holder, g.to_holder) END
    GROUP BY 1, 2, 3, 4;

-- Each side of each trade, with what it gave and got.
CREATE TEMP TABLE trade_side (lsn INTEGER, account INTEGER, PRIMARY KEY (lsn, account)) WITHOUT ROWID;
INSERT INTO trade_side
    SELECT lsn, holder FROM gold_move WHERE reason = 6
    UNION SELECT g.lsn, c.account FROM goods_move AS g JOIN main.character AS c ON c.id = g.holder WHERE g.reason = 6;
CREATE TEMP TABLE trade_made AS
    SELECT s.account, format('%d for %d; ',
            (SELECT coalesce(SUM(amount), 0) FROM main.ledger AS l WHERE l.lsn = s.lsn AND l.from_account = s.account),
            (SELECT coalesce(SUM(amount), 0) FROM main.ledger AS l WHERE l.lsn = s.lsn AND l.to_account = s.account))
        || coalesce((SELECT group_concat(thing, ', ') FROM (
            SELECT format('%s %d of %d', CASE WHEN m.delta < 0 THEN 'gives' ELSE 'gets' END, abs(m.delta), m.item) AS thing
            FROM goods_move AS m JOIN main.character AS c ON c.id = m.holder
            WHERE m.lsn = s.lsn AND m.reason = 6 AND c.account = s.account ORDER BY thing)), '') AS terms
    FROM trade_side AS s;
CREATE TEMP TABLE trade_told AS
    SELECT d.account, d.done, format('%d for %d; ', d.gold_out, d.gold_in)
        || coalesce((SELECT group_concat(thing, ', ') FROM (
            SELECT format('%s %d of %d', t.way, t.quantity, t.item) AS thing
            FROM deal_thing AS t WHERE t.deal = d.n ORDER BY thing)), '') AS terms
    FROM deal AS d WHERE d.deed = 'trade_done';

-- What the players that were checked to the end saw last.
CREATE TEMP TABLE held_seen AS
    SELECT d.character, t.item, t.kind, t.quantity FROM deal AS d JOIN deal_thing AS t ON t.deal = d.n
    WHERE d.deed = 'held';
CREATE TEMP TABLE held_stored AS
    SELECT i.holder, i.id, i.kind, i.quantity FROM main.item AS i
    WHERE i.holder IN (SELECT character FROM deal WHERE deed = 'held');
