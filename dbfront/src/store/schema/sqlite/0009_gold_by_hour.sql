-- What the ledger adds up to by hour and reason: kept by whoever applies, in the transaction of the lines that it counts.
CREATE TABLE gold_hour (
    hour_ms INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    gold_in INTEGER NOT NULL,
    gold_out INTEGER NOT NULL,
    gold_moved INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (hour_ms, reason)
) STRICT, WITHOUT ROWID;

-- In two halves: what is more than a number holds must not stop a migration.
INSERT INTO gold_hour
    SELECT hour_ms, reason,
        CASE WHEN in_high + in_low / 1000000 < 9223372036854 THEN in_high * 1000000 + in_low ELSE 9223372036854775807 END,
        CASE WHEN out_high + out_low / 1000000 < 9223372036854 THEN out_high * 1000000 + out_low ELSE 9223372036854775807 END,
        CASE WHEN moved_high + moved_low / 1000000 < 9223372036854 THEN moved_high * 1000000 + moved_low ELSE 9223372036854775807 END,
        lines
    FROM (SELECT wall_ms - wall_ms % 3600000 AS hour_ms, reason,
            SUM(CASE WHEN from_account = 0 AND to_account <> 0 THEN amount / 1000000 ELSE 0 END) AS in_high,
            SUM(CASE WHEN from_account = 0 AND to_account <> 0 THEN amount % 1000000 ELSE 0 END) AS in_low,
            SUM(CASE WHEN from_account <> 0 AND to_account = 0 THEN amount / 1000000 ELSE 0 END) AS out_high,
            SUM(CASE WHEN from_account <> 0 AND to_account = 0 THEN amount % 1000000 ELSE 0 END) AS out_low,
            SUM(CASE WHEN from_account <> 0 AND to_account <> 0 THEN amount / 1000000 ELSE 0 END) AS moved_high,
            SUM(CASE WHEN from_account <> 0 AND to_account <> 0 THEN amount % 1000000 ELSE 0 END) AS moved_low,
            COUNT(*) AS lines
        FROM ledger GROUP BY 1, 2);
