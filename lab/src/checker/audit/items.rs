//! Rules about things: each is in exactly one place, and the goods log explains where it came from and where it
//! went.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "item_twice",
        says: "an item is in one row",
        sql: "SELECT format('item %d is in %d rows, of holders %s', id, COUNT(*), group_concat(holder, ', '))
            FROM main.item GROUP BY id HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "item_holder_missing",
        says: "whoever holds an item is there: a character, or a letter",
        sql: "SELECT format('item %d is held by %d, which is neither a character nor a letter', id, holder)
            FROM main.item AS i
            WHERE NOT EXISTS (SELECT 1 FROM main.character AS c WHERE c.id = i.holder)
            AND NOT EXISTS (SELECT 1 FROM main.mail AS m WHERE m.id = i.holder)",
    },
    Rule {
        name: "item_place",
        says: "what a letter holds is in a letter, what a character holds in its bag or worn",
        sql: "SELECT format('item %d of holder %d is in place %d', id, holder, place) FROM main.item AS i
            WHERE place NOT IN (1, 2, 3)
            OR (place = 3) <> EXISTS (SELECT 1 FROM main.mail AS m WHERE m.id = i.holder)",
    },
    Rule {
        name: "item_slot",
        says: "a place has a number: 0 to 99 in a bag, 1 to 16 on the body, 0 to 7 in a letter",
        sql: "SELECT format('item %d of holder %d is in place %d at %d', id, holder, place, slot) FROM main.item
            WHERE NOT CASE place WHEN 1 THEN slot BETWEEN 0 AND 99 WHEN 2 THEN slot BETWEEN 1 AND 16
            WHEN 3 THEN slot BETWEEN 0 AND 7 ELSE 1 END",
    },
    Rule {
        name: "slot_twice",
        says: "in one place lies one item",
        sql: "SELECT format('holder %d has %d items in place %d at %d', holder, COUNT(*), place, slot)
            FROM main.item GROUP BY holder, place, slot HAVING COUNT(*) <> 1",
    },
    Rule {
        name: "too_many_items",
        says: "at most 100 items are in a bag, 16 worn, 8 in a letter",
        sql: "SELECT format('holder %d has %d items in place %d', holder, COUNT(*), place) FROM main.item
            GROUP BY holder, place
            HAVING COUNT(*) > CASE place WHEN 1 THEN 100 WHEN 2 THEN 16 ELSE 8 END",
    },
    Rule {
        name: "item_bounds",
        says: "an item is one thing to a million, of a kind",
        sql: "SELECT format('item %d of holder %d: %d of kind %d', id, holder, quantity, kind) FROM main.item
            WHERE quantity NOT BETWEEN 1 AND 1000000 OR kind < 1 OR id < 1",
    },
    Rule {
        name: "item_lost",
        says: "what the log gave a holder and did not take is there",
        sql: "SELECT format('item %d: the log leaves %d of it with holder %d, where it is not', s.item,
                s.quantity, s.holder)
            FROM goods_sum AS s WHERE s.quantity > 0
            AND NOT EXISTS (SELECT 1 FROM main.item AS i WHERE i.holder = s.holder AND i.id = s.item)",
    },
    Rule {
        name: "item_not_logged",
        says: "what a holder has the log gave it",
        sql: "SELECT format('item %d: holder %d has %d of it, the log gave it none', i.id, i.holder, i.quantity)
            FROM main.item AS i LEFT JOIN goods_sum AS s ON s.item = i.id AND s.holder = i.holder
            WHERE coalesce(s.quantity, 0) = 0",
    },
    Rule {
        name: "item_quantity",
        says: "a holder has as many of an item as the log gave it",
        sql: "SELECT format('item %d: holder %d has %d of it, the log says %d', i.id, i.holder, i.quantity,
                s.quantity)
            FROM main.item AS i JOIN goods_sum AS s ON s.item = i.id AND s.holder = i.holder
            WHERE s.quantity <> 0 AND s.quantity <> i.quantity",
    },
    Rule {
        name: "item_below_zero",
        says: "nobody gives what he has not got, at any moment of the log",
        sql: "SELECT format('item %d: in record %d line %d holder %d gives it without having so many', item, lsn,
                n, holder)
            FROM (SELECT item, holder, lsn, n, delta,
                SUM(delta) OVER (PARTITION BY item, holder ORDER BY lsn, n) AS has FROM goods_move)
            WHERE has < 0 AND delta < 0",
    },
    Rule {
        name: "item_kind",
        says: "an item never becomes another kind",
        sql: "SELECT format('item %d is of kinds %s', id, group_concat(DISTINCT kind))
            FROM (SELECT id, kind FROM main.item UNION ALL SELECT item, kind FROM main.goods_log)
            GROUP BY id HAVING COUNT(DISTINCT kind) <> 1",
    },
    Rule {
        name: "item_without_source",
        says: "a thing that is there came into the world by a faucet: loot, shop, grant, staff, or part of another",
        sql: "SELECT format('item %d of holder %d has no line by which it came into the world', id, holder)
            FROM main.item AS i WHERE NOT EXISTS (SELECT 1 FROM main.goods_log AS g
                WHERE g.item = i.id AND g.from_holder = 0 AND g.reason IN (3, 4, 9, 10, 14))",
    },
    Rule {
        name: "item_gone_without_sink",
        says: "a thing that is not there any more left the world by a sink: sold, used, dropped, deleted, taken by \
               staff, or laid to another",
        sql: "SELECT format('item %d is nowhere, and its last line is not one by which a thing goes', item)
            FROM (SELECT item, to_holder, reason,
                row_number() OVER (PARTITION BY item ORDER BY lsn DESC, n DESC) AS back FROM main.goods_log)
            WHERE back = 1 AND NOT (to_holder = 0 AND reason IN (5, 10, 11, 12, 13, 14))
            AND item NOT IN (SELECT id FROM main.item)",
    },
    Rule {
        name: "goods_line",
        says: "a line of the goods log moves 1 to a million of an item from one holder to another",
        sql: "SELECT format('record %d line %d: %d of item %d, kind %d, from %d to %d', lsn, n, quantity, item,
                kind, from_holder, to_holder)
            FROM main.goods_log WHERE quantity NOT BETWEEN 1 AND 1000000 OR item < 1 OR kind < 1
            OR from_holder = to_holder OR from_holder < 0 OR to_holder < 0",
    },
    Rule {
        name: "goods_reason",
        says: "a line of the goods log is between holders for which its reason is",
        sql: "WITH allowed(reason, from_what, to_what) AS (VALUES
                (3, 'world', 'character'), (4, 'world', 'character'), (5, 'character', 'world'),
                (6, 'character', 'character'), (7, 'character', 'mail'), (8, 'mail', 'character'),
                (9, 'world', 'character'), (10, 'world', 'character'), (10, 'character', 'world'),
                (10, 'world', 'mail'), (11, 'character', 'world'), (12, 'character', 'world'),
                (13, 'character', 'world'), (13, 'mail', 'world'), (14, 'character', 'world'), (14, 'world', 'character'))
            SELECT format('record %d line %d: reason %d from %s %d to %s %d', lsn, n, reason, from_what,
                from_holder, to_what, to_holder)
            FROM (SELECT g.*, coalesce(f.what, 'character') AS from_what, coalesce(t.what, 'character') AS to_what
                FROM main.goods_log AS g LEFT JOIN holder AS f ON f.id = g.from_holder
                LEFT JOIN holder AS t ON t.id = g.to_holder) AS line
            WHERE NOT EXISTS (SELECT 1 FROM allowed AS a WHERE a.reason = line.reason
                AND a.from_what = line.from_what AND a.to_what = line.to_what)",
    },
    Rule {
        name: "arranged_not_canceled",
        says: "what was arranged within a bag neither came nor went",
        sql: "SELECT format('record %d: arranging leaves holder %d with %d of kind %d', lsn, holder, SUM(delta),
                kind)
            FROM goods_move WHERE reason = 14 GROUP BY lsn, holder, kind HAVING SUM(delta) <> 0",
    },
    Rule {
        name: "holder_kind_off",
        says: "of each kind a holder has what came to it less what left it",
        sql: "SELECT format('holder %d: %d of kind %d, the log says %d', holder, SUM(has), kind, SUM(logged))
            FROM (SELECT holder, kind, quantity AS has, 0 AS logged FROM main.item
                UNION ALL SELECT holder, kind, 0, delta FROM goods_move)
            GROUP BY holder, kind HAVING SUM(has) <> SUM(logged)",
    },
    Rule {
        name: "kind_not_conserved",
        says: "of each kind there is what faucets gave less what sinks took",
        sql: "SELECT format('kind %d: %d are held, faucets less sinks are %d', kind, SUM(has), SUM(issued))
            FROM (SELECT kind, quantity AS has, 0 AS issued FROM main.item
                UNION ALL SELECT kind, 0, CASE WHEN from_holder = 0 THEN quantity ELSE -quantity END
                FROM main.goods_log WHERE (from_holder = 0) <> (to_holder = 0))
            GROUP BY kind HAVING SUM(has) <> SUM(issued)",
    },
    Rule {
        name: "trade_goods",
        says: "the things of a trade change hands between two characters, each once",
        sql: "SELECT format('record %d: a trade of %d characters, %d lines for %d items', lsn,
                COUNT(DISTINCT holder), COUNT(*) / 2, COUNT(DISTINCT item))
            FROM goods_move WHERE reason = 6 GROUP BY lsn
            HAVING COUNT(DISTINCT holder) <> 2 OR COUNT(*) <> 2 * COUNT(DISTINCT item)",
    },
];
