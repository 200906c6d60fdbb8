//! Rules about gold: each balance is the sum of its ledger lines, and all together what faucets gave and sinks took.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "wallet_off",
        says: "an account has what its ledger lines add up to",
        sql: "SELECT format('account %d has %d, its ledger says %d', w.account, w.gold, coalesce(s.gold, 0))
            FROM main.wallet AS w LEFT JOIN gold_sum AS s ON s.holder = w.account
            WHERE w.gold <> coalesce(s.gold, 0)",
    },
    Rule {
        name: "mail_gold_off",
        says: "a letter has what its ledger lines add up to",
        sql: "SELECT format('letter %d has %d, its ledger says %d', m.id, m.gold, coalesce(s.gold, 0))
            FROM main.mail AS m LEFT JOIN gold_sum AS s ON s.holder = m.id
            WHERE m.gold <> coalesce(s.gold, 0)",
    },
    Rule {
        name: "stake_off",
        says: "the pot of a match is what its ledger lines add up to",
        sql: "SELECT format('the pot of match %d is %d, its ledger says %d', id, pot, says)
            FROM (SELECT h.id, coalesce(s.gold, 0) AS says,
                (SELECT coalesce(SUM(gold), 0) FROM main.room_stake AS r WHERE r.room = h.id) AS pot
                FROM holder AS h LEFT JOIN gold_sum AS s ON s.holder = h.id WHERE h.what = 'match')
            WHERE pot <> says",
    },
    Rule {
        name: "stake_of_nobody",
        says: "a stake is an account's, in the pot of a match that is running",
        sql: "SELECT format('%d of account %d is in the pot of match %d, and one of them is not there', gold,
                account, room)
            FROM main.room_stake WHERE room NOT IN (SELECT id FROM main.room)
            OR account NOT IN (SELECT id FROM main.account)",
    },
    Rule {
        name: "refund_too_large",
        says: "nobody gets back more from a match than was staked",
        sql: "SELECT format('match %d gave account %d back %d of %d', b.room, b.account, b.gold, coalesce(s.gold, 0))
            FROM (SELECT from_account AS room, to_account AS account, SUM(amount) AS gold
                FROM main.ledger WHERE reason = 16 GROUP BY from_account, to_account) AS b
            LEFT JOIN (SELECT to_account AS room, from_account AS account, SUM(amount) AS gold
                FROM main.ledger WHERE reason = 15 GROUP BY to_account, from_account) AS s
            ON s.room = b.room AND s.account = b.account
            WHERE b.gold > coalesce(s.gold, 0)",
    },
    Rule {
        name: "gold_lost",
        says: "whoever the ledger leaves gold with is there: an account's wallet, a letter, or a pot",
        sql: "SELECT format('the ledger leaves %d with %d, which is no wallet, letter or pot', gold, holder)
            FROM gold_sum WHERE gold <> 0 AND holder NOT IN (SELECT account FROM main.wallet)
            AND holder NOT IN (SELECT id FROM main.mail)
            AND holder NOT IN (SELECT room FROM main.room_stake)",
    },
    Rule {
        name: "gold_bounds",
        says: "nobody has less than nothing or more than 10^15",
        sql: "SELECT format('%d has %d', holder, gold)
            FROM (SELECT account AS holder, gold FROM main.wallet UNION ALL SELECT id, gold FROM main.mail
                UNION ALL SELECT room, gold FROM main.room_stake)
            WHERE gold NOT BETWEEN 0 AND 1000000000000000",
    },
    Rule {
        name: "gold_below_zero",
        says: "nobody gives what he has not got, at any moment of the ledger",
        sql: "SELECT format('in record %d line %d %d gives %d and has %d less', lsn, n, holder, -delta, -has)
            FROM (SELECT holder, lsn, n, delta,
                SUM(delta) OVER (PARTITION BY holder ORDER BY lsn, n) AS has FROM gold_move)
            WHERE has < 0 AND delta < 0",
    },
    Rule {
        // In two halves, for all gold together may be more than a number holds.
        name: "gold_not_conserved",
        says: "all gold together is what faucets gave less what sinks took",
        sql: "SELECT format('%d more in wallets, letters and pots than faucets gave and sinks left',
                high * 1000000 + low)
            FROM (SELECT SUM(gold / 1000000) AS high, SUM(gold % 1000000) AS low
                FROM (SELECT gold FROM main.wallet UNION ALL SELECT gold FROM main.mail
                UNION ALL SELECT gold FROM main.room_stake
                UNION ALL SELECT CASE WHEN from_account = 0 THEN -amount ELSE amount END
                FROM main.ledger WHERE (from_account = 0) <> (to_account = 0)))
            WHERE high * 1000000 + low <> 0",
    },
    Rule {
        name: "ledger_line",
        says: "a ledger line moves 1 to 10^15 from one holder to another",
        sql: "SELECT format('record %d line %d: %d from %d to %d', lsn, n, amount, from_account, to_account)
            FROM main.ledger WHERE amount NOT BETWEEN 1 AND 1000000000000000 OR from_account = to_account
            OR from_account < 0 OR to_account < 0",
    },
    Rule {
        name: "ledger_reason",
        says: "a ledger line is between holders for which its reason is",
        sql: "WITH allowed(reason, from_what, to_what) AS (VALUES
                (1, 'world', 'account'), (2, 'account', 'account'), (3, 'world', 'account'),
                (4, 'account', 'world'), (5, 'world', 'account'), (6, 'account', 'account'),
                (7, 'account', 'mail'), (8, 'mail', 'account'), (9, 'world', 'account'),
                (10, 'world', 'account'), (10, 'account', 'world'), (10, 'world', 'mail'), (13, 'account', 'world'),
                (13, 'mail', 'world'), (15, 'account', 'match'), (16, 'match', 'account'),
                (17, 'match', 'account'), (18, 'match', 'world'))
            SELECT format('record %d line %d: reason %d from %s %d to %s %d', lsn, n, reason, from_what,
                from_account, to_what, to_account)
            FROM (SELECT l.*, coalesce(f.what, 'nobody') AS from_what, coalesce(t.what, 'nobody') AS to_what
                FROM main.ledger AS l LEFT JOIN holder AS f ON f.id = l.from_account
                LEFT JOIN holder AS t ON t.id = l.to_account) AS line
            WHERE NOT EXISTS (SELECT 1 FROM allowed AS a WHERE a.reason = line.reason
                AND a.from_what = line.from_what AND a.to_what = line.to_what)",
    },
    Rule {
        name: "wallet_missing",
        says: "an account has a wallet, unless it was forgotten",
        sql: "SELECT format('account %d has no wallet', id) FROM main.account
            WHERE id NOT IN (SELECT account FROM main.wallet)
            AND NOT (name IS NULL AND secret_hash IS NULL AND password IS NULL)",
    },
    Rule {
        name: "wallet_of_nobody",
        says: "a wallet is an account's",
        sql: "SELECT format('the wallet of %d, which is no account, has %d', account, gold) FROM main.wallet
            WHERE account NOT IN (SELECT id FROM main.account)",
    },
    Rule {
        name: "wallet_version",
        says: "a wallet changed as often as records changed its balance",
        sql: "SELECT format('the wallet of %d has version %d after %d changes', account, ver, changes)
            FROM (SELECT w.account, w.ver, (SELECT COUNT(*) FROM (SELECT 1 FROM gold_move AS g
                    WHERE g.holder = w.account GROUP BY g.lsn
                    -- What went into a pot and came back in one record was written all the same.
                    HAVING SUM(g.delta) <> 0 OR MAX(g.reason BETWEEN 15 AND 17)))
                + NOT EXISTS (SELECT 1 FROM gold_move AS g WHERE g.holder = w.account AND g.reason = 1)
                AS changes FROM main.wallet AS w)
            WHERE ver <> changes",
    },
    Rule {
        name: "start_twice",
        says: "an account begins once",
        sql: "SELECT format('account %d was given %d starts', to_account, COUNT(*)) FROM main.ledger
            WHERE reason = 1 GROUP BY to_account HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "trade_gold",
        says: "the gold of a trade changes hands between two accounts, at most once each way",
        sql: "SELECT format('record %d: a trade with %d lines of gold, from %s to %s', lsn, COUNT(*),
                group_concat(from_account, ' and '), group_concat(to_account, ' and '))
            FROM main.ledger WHERE reason = 6 GROUP BY lsn
            HAVING COUNT(*) > 2 OR COUNT(*) = 2 AND NOT (MIN(from_account) = MIN(to_account)
                AND MAX(from_account) = MAX(to_account) AND MIN(from_account) <> MAX(from_account))",
    },
    Rule {
        name: "trade_sides",
        says: "gold and things of a trade are of the same two",
        sql: "SELECT format('record %d: account %d trades gold, and things are of others', g.lsn, g.holder)
            FROM (SELECT DISTINCT lsn, holder FROM gold_move WHERE reason = 6) AS g
            JOIN (SELECT DISTINCT m.lsn FROM goods_move AS m WHERE m.reason = 6) AS t ON t.lsn = g.lsn
            WHERE NOT EXISTS (SELECT 1 FROM goods_move AS m LEFT JOIN main.character AS c ON c.id = m.holder
                WHERE m.lsn = g.lsn AND m.reason = 6 AND (c.account = g.holder OR c.id IS NULL))",
    },
    Rule {
        name: "grant_without_line",
        says: "what another server gave is in the ledger, once, under its key",
        sql: "SELECT format('grant of %d to account %d is in the ledger %d times', amount, account, lines)
            FROM (SELECT k.amount, k.account, (SELECT COUNT(*) FROM main.ledger AS l WHERE l.lsn = k.lsn
                AND l.reason = 9 AND l.to_account = k.account AND l.amount = k.amount) AS lines
                FROM main.grant_key AS k)
            WHERE lines <> 1",
    },
    Rule {
        name: "grant_without_key",
        says: "gold that another server gave has its key",
        sql: "SELECT format('record %d: a grant of %d to account %d without its key', lsn, amount, to_account)
            FROM main.ledger AS l WHERE reason = 9 AND (SELECT COUNT(*) FROM main.grant_key AS k
                WHERE k.lsn = l.lsn AND k.account = l.to_account AND k.amount = l.amount) <> 1",
    },
    Rule {
        name: "hour_off",
        says: "what came and went in an hour for a reason is what its ledger lines add up to",
        sql: "SELECT format('hour %d, reason %d: %d in, %d out, %d moved by %d lines %s', hour_ms, reason, gold_in,
                gold_out, gold_moved, lines, who)
            FROM (SELECT *, 'is told, the ledger says otherwise' AS who
                FROM (SELECT * FROM main.gold_hour EXCEPT SELECT * FROM hour_sum)
                UNION ALL SELECT *, 'is the ledger''s, told is otherwise'
                FROM (SELECT * FROM hour_sum EXCEPT SELECT * FROM main.gold_hour))
            ORDER BY 1",
    },
];
