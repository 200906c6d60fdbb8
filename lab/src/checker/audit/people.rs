//! Rules about accounts, characters, letters and the ids of all.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "id_twice",
        says: "an id is of one thing only: account, character, letter, item or match",
        sql: "SELECT format('%d is %s', id, group_concat(what, ' and '))
            FROM (SELECT id, 'an account' AS what FROM main.account
                UNION ALL SELECT id, 'a character' FROM main.character
                UNION ALL SELECT id, 'a letter' FROM main.mail
                UNION ALL SELECT id, 'a match that runs' FROM main.room
                UNION ALL SELECT id, 'a match that is over' FROM main.replay
                UNION SELECT item, 'an item' FROM main.goods_log
                UNION SELECT id, 'an item' FROM main.item)
            GROUP BY id HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "character_of_nobody",
        says: "a character is an account's",
        sql: "SELECT format('character %d is of %d, which is no account', id, account) FROM main.character
            WHERE account NOT IN (SELECT id FROM main.account)",
    },
    Rule {
        name: "character_twice",
        says: "a character is in one row",
        sql: "SELECT format('character %d is in %d rows', id, COUNT(*)) FROM main.character
            GROUP BY id HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "character_name",
        says: "a character has its name, once",
        sql: "SELECT format('character %d of account %d has %d names', id, account, names)
            FROM (SELECT c.id, c.account, (SELECT COUNT(*) FROM main.character_name AS n
                WHERE n.character = c.id AND n.account = c.account) AS names FROM main.character AS c)
            WHERE names <> 1",
    },
    Rule {
        name: "account_name",
        says: "an account with a name has it, once",
        sql: "SELECT format('account %d has %d names', id, names)
            FROM (SELECT a.id, (SELECT COUNT(*) FROM main.account_name AS n WHERE n.account = a.id) AS names
                FROM main.account AS a WHERE a.name IS NOT NULL)
            WHERE names <> 1",
    },
    Rule {
        name: "too_many_characters",
        says: "an account has at most 8 characters",
        sql: "SELECT format('account %d has %d characters', account, COUNT(*)) FROM main.character
            WHERE deleted_ms IS NULL GROUP BY account HAVING COUNT(*) > 8",
    },
    Rule {
        name: "character_bounds",
        says: "a character has a level, and is within 1,000 km of the middle of its map",
        sql: "SELECT format('character %d: level %d, xp %d, hp %d, at %d, %d mm', id, level, xp, hp, x_mm, y_mm)
            FROM main.character WHERE level < 1 OR xp < 0 OR hp < 0 OR dead NOT IN (0, 1)
            OR abs(x_mm) > 1000000000 OR abs(y_mm) > 1000000000",
    },
    Rule {
        name: "letter_to_nobody",
        says: "a letter is in a character's mailbox",
        sql: "SELECT format('letter %d is to %d, which is no character', id, to_character) FROM main.mail
            WHERE to_character NOT IN (SELECT id FROM main.character)",
    },
    Rule {
        name: "letter_twice",
        says: "a letter is in one mailbox",
        sql: "SELECT format('letter %d is in %d mailboxes', id, COUNT(*)) FROM main.mail
            GROUP BY id HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "letter_lost",
        says: "a letter that was sent is there, or was emptied",
        sql: "SELECT format('record %d: letter %d was sent, is not there, and nobody took anything out', lsn, mail)
            FROM sent AS s WHERE mail NOT IN (SELECT id FROM main.mail)
            AND NOT EXISTS (SELECT 1 FROM gold_move AS g WHERE g.holder = s.mail AND g.delta < 0)
            AND NOT EXISTS (SELECT 1 FROM goods_sum AS g WHERE g.holder = s.mail AND g.quantity = 0)",
    },
    Rule {
        name: "too_many_letters",
        says: "a mailbox holds at most 100 letters",
        sql: "SELECT format('character %d has %d letters', to_character, COUNT(*)) FROM main.mail
            GROUP BY to_character HAVING COUNT(*) > 100",
    },
    Rule {
        name: "letter_bounds",
        says: "a letter has a subject of at most 64 bytes and a text of at most 1,024",
        sql: "SELECT format('letter %d: subject of %d, text of %d bytes', id, octet_length(subject),
                octet_length(text))
            FROM main.mail WHERE octet_length(subject) > 64 OR octet_length(text) > 1024
            OR octet_length(from_name) > 64 OR read NOT IN (0, 1)",
    },
    Rule {
        name: "match_of_nobody",
        says: "what a match heard is of one that is running, and parts of its replay of one that is running or over",
        sql: "SELECT format('rows of match %d, which is not there, in %s', id, what)
            FROM (SELECT DISTINCT room AS id, 'room_entry' AS what FROM main.room_entry
                WHERE room NOT IN (SELECT id FROM main.room)
                UNION ALL SELECT DISTINCT replay, 'replay_chunk' FROM main.replay_chunk
                WHERE replay NOT IN (SELECT id FROM main.room) AND replay NOT IN (SELECT id FROM main.replay))",
    },
    Rule {
        name: "too_many_matches",
        says: "of an account at most 100 matches are listed",
        sql: "SELECT format('of account %d %d matches are listed', account, COUNT(*)) FROM main.replay_player
            GROUP BY account HAVING COUNT(*) > 100",
    },
    Rule {
        name: "rating_bounds",
        says: "a rating is an account's, and from 0 to 10,000",
        sql: "SELECT format('account %d is rated %d in game %d', account, rating, game) FROM main.rating
            WHERE rating NOT BETWEEN 0 AND 10000 OR games < 0 OR account NOT IN (SELECT id FROM main.account)",
    },
    Rule {
        name: "version_bounds",
        says: "a row that is there was written at least once",
        sql: "SELECT format('a row of %s has version %d', what, ver)
            FROM (SELECT 'account' AS what, ver FROM main.account UNION ALL SELECT 'wallet', ver FROM main.wallet
                UNION ALL SELECT 'character', ver FROM main.character UNION ALL SELECT 'item', ver FROM main.item
                UNION ALL SELECT 'mail', ver FROM main.mail UNION ALL SELECT 'room', ver FROM main.room
                UNION ALL SELECT 'room_stake', ver FROM main.room_stake)
            WHERE ver < 1",
    },
];
