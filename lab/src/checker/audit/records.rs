//! Rules about records: lines are numbered, each command is in one record, and the account's own row knows of it.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "line_numbering",
        says: "the lines of a record are numbered 0, 1, 2 … over all its logs",
        sql: "SELECT format('record %d has lines %s', lsn, group_concat(n, ', '))
            FROM (SELECT lsn, n FROM main.ledger UNION ALL SELECT lsn, n FROM main.goods_log
                UNION ALL SELECT lsn, n FROM main.staff_log ORDER BY lsn, n)
            GROUP BY lsn HAVING MIN(n) <> 0 OR MAX(n) <> COUNT(*) - 1 OR COUNT(DISTINCT n) <> COUNT(*)",
    },
    Rule {
        name: "line_from_the_future",
        says: "no line is of a record after the one that the database was brought to",
        sql: "SELECT format('record %d has lines, the database is at %d', l.lsn, c.lsn)
            FROM (SELECT lsn FROM main.ledger UNION SELECT lsn FROM main.goods_log) AS l,
            main.journal_cursor AS c WHERE l.lsn > c.lsn OR l.lsn < 1",
    },
    Rule {
        name: "command_twice",
        says: "a command happens once: all its lines are of one record",
        sql: "SELECT format('command %d of account %d is in %d records: %s', cseq, account, COUNT(*),
                group_concat(lsn, ', '))
            FROM effect GROUP BY account, cseq HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "record_of_two_commands",
        says: "a record is of one command at most",
        sql: "SELECT format('record %d is of %d commands', lsn, COUNT(*)) FROM effect
            GROUP BY lsn HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "command_of_nobody",
        says: "a command is of an account that is there",
        sql: "SELECT format('record %d is of account %d, which is not there', lsn, account)
            FROM (SELECT lsn, account FROM effect
                UNION SELECT lsn, account FROM main.goods_log WHERE account <> 0)
            WHERE account NOT IN (SELECT id FROM main.account)",
    },
    Rule {
        name: "sequence_lost",
        says: "an account's row knows of every command that had an effect",
        sql: "SELECT format('command %d of account %d had an effect, its row knows %d', e.cseq, e.account,
                a.cseq_last)
            FROM effect AS e JOIN main.account AS a ON a.id = e.account WHERE e.cseq > a.cseq_last",
    },
    Rule {
        name: "done_not_told",
        says: "of the last 64 commands of an account those with an effect are marked as done",
        sql: "SELECT format('command %d of account %d had an effect and is marked as not done', e.cseq, e.account)
            FROM effect AS e JOIN main.account AS a ON a.id = e.account
            WHERE a.cseq_last - e.cseq BETWEEN 0 AND 63
            AND (a.cseq_ok >> (a.cseq_last - e.cseq)) & 1 = 0",
    },
];
