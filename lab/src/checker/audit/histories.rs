//! Rules about what players were told: whatever was answered OK or told done happened once and as it was asked;
//! whatever was refused or told not done did not. The log of the market bots is loaded line by line, by the format
//! that `bot`'s `deal` describes; the rest is SQL.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use rusqlite::Connection;

use super::{Rule, Told};
use crate::error::Error;

/// Loads a log into the audit's own tables.
pub(super) fn load(db: &Connection, log: &Path) -> Result<(), Error> {
    let what = "loading the players' log";
    db.execute_batch("CREATE TEMP TABLE deal_line (n INTEGER PRIMARY KEY, json TEXT NOT NULL)")
        .map_err(Error::sqlite(what))?;
    let mut insert = db.prepare("INSERT INTO deal_line (json) VALUES (?1)").map_err(Error::sqlite(what))?;
    for line in BufReader::new(File::open(log).map_err(Error::io(what))?).lines() {
        insert.execute([line.map_err(Error::io(what))?]).map_err(Error::sqlite(what))?;
    }
    db.execute_batch(TABLES).map_err(Error::sqlite(what))
}

/// How often players were told what.
pub(super) fn count(db: &Connection) -> Result<Vec<Told>, rusqlite::Error> {
    let mut statement = db.prepare(
        "SELECT deed, outcome, code, COUNT(*) FROM deal GROUP BY deed, outcome, code ORDER BY deed, outcome, code",
    )?;
    let told = |row: &rusqlite::Row<'_>| {
        let (deed, outcome, code) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Told { deed, outcome, code, count: row.get::<_, i64>(3)?.cast_unsigned() })
    };
    statement.query_map([], told)?.collect()
}

const TABLES: &str = include_str!("histories.sql");

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "told_unreadable",
        says: "a line of the log is one that this audit understands",
        sql: "SELECT format('line %d: %s, %s', n, deed, outcome) FROM deal
            WHERE outcome NOT IN ('ok', 'rejected', 'retry_later', 'happened', 'did_not', 'unknown')
            OR deed NOT IN ('shop_buy', 'shop_sell', 'mail_send', 'mail_take', 'mail_delete', 'pay',
                'trade_accept', 'trade_done', 'held')",
    },
    Rule {
        name: "told_number_twice",
        says: "in a life of a session, from a login or a reset on, a number is given out once",
        sql: "SELECT format('account %d, session %d, epoch %d: command %d was given out %d times', account,
                session_gen, epoch, cseq, COUNT(*))
            FROM deal WHERE cseq <> 0 GROUP BY account, session_gen, epoch, cseq HAVING COUNT(*) <> 1",
    },
    Rule {
        // The first accept of a trade is in no record: a crash may take it back, and its number is given out again.
        name: "told_done_twice",
        says: "one number is done in one life of a session at most",
        sql: "SELECT format('command %d of account %d was told done %d times', cseq, account, COUNT(*))
            FROM deal WHERE cseq <> 0 AND done = 1 AND deed <> 'trade_accept' GROUP BY account, cseq HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "told_session_lost",
        says: "an account's row knows of every session that was told",
        sql: "SELECT format('account %d was told session %d, its row says %d', a.id, MAX(d.session_gen),
                a.session_gen)
            FROM deal AS d JOIN main.account AS a ON a.id = d.account
            GROUP BY a.id HAVING MAX(d.session_gen) > a.session_gen",
    },
    Rule {
        name: "told_account_missing",
        says: "whoever was told something is there",
        sql: "SELECT DISTINCT format('account %d with character %d', account, character) FROM deal
            WHERE account NOT IN (SELECT id FROM main.account)
            OR character NOT IN (SELECT id FROM main.character AS c WHERE c.account = deal.account)",
    },
    Rule {
        // The first accept of a trade and a letter of words leave no line.
        name: "told_done_not_there",
        says: "what was answered OK or told done has its lines",
        sql: "SELECT format('line %d: %s, command %d of account %d: %s, and has no lines', n, deed, cseq, account,
                outcome)
            FROM deal AS d WHERE done = 1 AND deed IN ('shop_buy', 'shop_sell', 'mail_send', 'mail_take', 'pay')
            AND n NOT IN (SELECT deal FROM made)
            AND NOT (deed = 'mail_send' AND gold_out = 0
                AND NOT EXISTS (SELECT 1 FROM deal_thing AS t WHERE t.deal = d.n))",
    },
    Rule {
        name: "told_not_but_there",
        says: "what was refused or told not done has no lines",
        sql: "SELECT format('record %d: command %d of account %d happened, and it was told: %s', e.lsn, e.cseq,
                e.account, group_concat(d.outcome, ', '))
            FROM deal_effect AS e JOIN deal AS d ON d.account = e.account AND d.cseq = e.cseq
            GROUP BY e.account, e.cseq, e.lsn HAVING COUNT(*) = SUM(d.done IS 0)",
    },
    Rule {
        name: "never_sent",
        says: "nothing happened that no player asked for",
        sql: "SELECT format('record %d: command %d of account %d, which it never sent', lsn, cseq, account)
            FROM deal_effect AS e WHERE account IN (SELECT account FROM deal)
            AND NOT EXISTS (SELECT 1 FROM deal AS d WHERE d.account = e.account AND d.cseq = e.cseq)",
    },
    Rule {
        name: "told_another_record",
        says: "an answer names the record in which it happened",
        sql: "SELECT format('line %d: %s, command %d of account %d was told record %d, it is in %d', d.n, d.deed,
                d.cseq, d.account, d.lsn, m.lsn)
            FROM made AS m JOIN deal AS d ON d.n = m.deal WHERE d.lsn <> 0 AND d.lsn <> m.lsn",
    },
    Rule {
        name: "told_another_deed",
        says: "what happened is of the kind that was asked for",
        sql: "SELECT DISTINCT format('line %d: %s of account %d has lines of reason %d', d.n, d.deed, d.account,
                l.reason)
            FROM made AS m JOIN deal AS d ON d.n = m.deal JOIN (SELECT lsn, reason FROM main.ledger
                UNION ALL SELECT lsn, reason FROM main.goods_log) AS l ON l.lsn = m.lsn
            WHERE NOT (l.reason = 14 AND d.deed = 'mail_send') AND l.reason <> CASE d.deed WHEN 'shop_buy' THEN 4
                WHEN 'shop_sell' THEN 5 WHEN 'mail_send' THEN 7 WHEN 'mail_take' THEN 8 WHEN 'pay' THEN 2
                ELSE 6 END",
    },
    Rule {
        name: "told_gold_differs",
        says: "as much gold moved as the player was told",
        sql: "SELECT format('line %d: %s of account %d in record %d: told %d out and %d in, moved %d and %d', n,
                deed, account, lsn, gold_out, gold_in, went, came)
            FROM (SELECT d.*, m.lsn,
                (SELECT coalesce(SUM(amount), 0) FROM main.ledger AS l
                    WHERE l.lsn = m.lsn AND l.from_account = d.account) AS went,
                (SELECT coalesce(SUM(amount), 0) FROM main.ledger AS l
                    WHERE l.lsn = m.lsn AND l.to_account = d.account) AS came
                FROM made AS m JOIN deal AS d ON d.n = m.deal)
            WHERE went <> gold_out OR came <> gold_in",
    },
    Rule {
        name: "told_things_differ",
        says: "those things moved that the player was told of, and no others",
        sql: "SELECT format('line %d: %s of character %d in record %d: %s %d of item %d, kind %d', d.n, d.deed,
                d.character, m.lsn, t.what, t.quantity, t.item, t.kind)
            FROM (SELECT 'not there: ' || way AS what, * FROM (SELECT * FROM told_thing EXCEPT SELECT * FROM made_thing)
                UNION ALL SELECT 'not told: ' || way, *
                FROM (SELECT * FROM made_thing EXCEPT SELECT * FROM told_thing)) AS t
            JOIN made AS m ON m.deal = t.deal JOIN deal AS d ON d.n = t.deal",
    },
    Rule {
        name: "letter_differs",
        says: "a letter goes from whom to whom it was sent, with all that was put into it",
        sql: "SELECT format('line %d: letter %d of character %d, %d things were put in, %d went', n, mail,
                character, given, went)
            FROM (SELECT d.*, m.lsn AS record,
                (SELECT coalesce(SUM(quantity), 0) FROM deal_thing AS t WHERE t.deal = d.n) AS given,
                (SELECT coalesce(SUM(quantity), 0) FROM main.goods_log AS g
                    WHERE g.lsn = m.lsn AND g.reason = 7) AS went,
                (SELECT COUNT(*) FROM sent AS s WHERE s.lsn = m.lsn AND d.mail NOT IN (0, s.mail)) AS others
                FROM deal AS d LEFT JOIN made AS m ON m.deal = d.n
                WHERE d.deed = 'mail_send' AND (d.done = 1 OR m.deal IS NOT NULL)) AS d
            WHERE record IS NOT NULL AND (given <> went OR others <> 0)
            OR EXISTS (SELECT 1 FROM main.mail AS l WHERE l.id = d.mail
                AND (l.to_character <> d.with_character OR l.from_character <> d.character))",
    },
    Rule {
        name: "told_letter_lost",
        says: "a letter that was told to be sent is there until it is thrown away, or gone with its character",
        sql: "SELECT format('line %d: letter %d of character %d is not there, and nobody threw it away', n, letter,
                character)
            FROM (SELECT d.*, coalesce(nullif(d.mail, 0), s.mail) AS letter FROM deal AS d
                LEFT JOIN made AS m ON m.deal = d.n LEFT JOIN sent AS s ON s.lsn = m.lsn
                WHERE d.deed = 'mail_send' AND d.done = 1
                AND d.with_character IN (SELECT id FROM main.character)) AS d
            WHERE letter NOT IN (SELECT id FROM main.mail) AND NOT EXISTS (SELECT 1 FROM deal AS t
                WHERE t.deed = 'mail_delete' AND t.mail = d.letter AND t.done IS NOT 0)",
    },
    Rule {
        name: "told_deleted_but_there",
        says: "a letter that was told to be thrown away is not there",
        sql: "SELECT format('line %d: letter %d was thrown away by character %d and is there', n, mail, character)
            FROM deal WHERE deed = 'mail_delete' AND done = 1 AND mail IN (SELECT id FROM main.mail)",
    },
    Rule {
        name: "taken_from_another",
        says: "what is taken comes out of the letter that was named",
        sql: "SELECT DISTINCT format('line %d: letter %d was named, things come from %d', d.n, d.mail, l.holder)
            FROM made AS m JOIN deal AS d ON d.n = m.deal
            JOIN (SELECT lsn, from_account AS holder FROM main.ledger WHERE reason = 8
                UNION ALL SELECT lsn, from_holder FROM main.goods_log WHERE reason = 8) AS l ON l.lsn = m.lsn
            WHERE d.deed = 'mail_take' AND l.holder <> d.mail",
    },
    Rule {
        name: "trades_told",
        says: "each side of a trade was told of it as it was, as often as it was made",
        sql: "SELECT format('account %d traded %s so: %d records, told %d to %d', account, terms, SUM(records),
                SUM(least), SUM(most))
            FROM (SELECT account, terms, 1 AS records, 0 AS least, 0 AS most FROM trade_made
                UNION ALL SELECT account, terms, 0, done IS 1, done IS NOT 0 FROM trade_told)
            WHERE account IN (SELECT account FROM deal)
            GROUP BY account, terms HAVING SUM(records) NOT BETWEEN SUM(least) AND SUM(most)",
    },
    Rule {
        name: "held_gold_differs",
        says: "at the end a player saw the gold that the database has",
        sql: "SELECT format('account %d saw %d, has %d', d.account, d.gold_in, w.gold)
            FROM deal AS d JOIN main.wallet AS w ON w.account = d.account
            WHERE d.deed = 'held' AND d.gold_in <> w.gold",
    },
    Rule {
        name: "held_things_differ",
        says: "at the end a player saw the things that the database has",
        sql: "SELECT format('character %d: %s %d of item %d, kind %d', character, what, quantity, item, kind)
            FROM (SELECT 'has not' AS what, * FROM (SELECT * FROM held_seen EXCEPT SELECT * FROM held_stored)
                UNION ALL SELECT 'did not see', *
                FROM (SELECT * FROM held_stored EXCEPT SELECT * FROM held_seen))",
    },
    Rule {
        name: "told_done_not_marked",
        says: "of an account's last 64 commands those told done are marked so",
        sql: "SELECT format('line %d: command %d of account %d was told done and is marked as not done', d.n, d.cseq,
                d.account)
            FROM deal AS d JOIN main.account AS a ON a.id = d.account
            WHERE d.done = 1 AND d.cseq <> 0 AND (d.deed <> 'trade_accept' OR d.n IN (SELECT deal FROM made))
            AND (d.cseq > a.cseq_last OR a.cseq_last - d.cseq BETWEEN 0 AND 63 AND (a.cseq_ok >> (a.cseq_last - d.cseq)) & 1 = 0)",
    },
    Rule {
        // A number that was not done in an earlier life may since have been another command's. A session of an earlier
        // epoch has been reset.
        name: "told_not_marked_done",
        says: "of an account's last 64 commands those refused in its last life are not marked as done",
        sql: "SELECT format('line %d: command %d of account %d was told: %s, and is marked as done', d.n, d.cseq,
                d.account, d.outcome)
            FROM deal AS d JOIN main.account AS a ON a.id = d.account
                AND a.session_gen - d.session_gen IN (0, d.session_gen % 2)
            JOIN main.journal_cursor AS c ON c.game_epoch = d.epoch
            WHERE d.done = 0 AND d.cseq <> 0 AND a.cseq_last - d.cseq BETWEEN 0 AND 63
            AND (a.cseq_ok >> (a.cseq_last - d.cseq)) & 1 = 1",
    },
];
