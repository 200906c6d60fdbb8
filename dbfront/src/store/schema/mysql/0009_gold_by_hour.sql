-- What the ledger adds up to by hour and reason: kept by whoever applies, in the transaction of the lines that it counts.
CREATE TABLE IF NOT EXISTS `gold_hour` (
    `hour_ms` BIGINT NOT NULL,
    `reason` BIGINT NOT NULL,
    `gold_in` BIGINT NOT NULL,
    `gold_out` BIGINT NOT NULL,
    `gold_moved` BIGINT NOT NULL,
    `lines` BIGINT NOT NULL,
    PRIMARY KEY (`hour_ms`, `reason`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Nobody applies meanwhile: run again, it comes to the same.
REPLACE INTO `gold_hour`
    SELECT `wall_ms` - `wall_ms` % 3600000 AS `hour`, `reason`,
        LEAST(SUM(CASE WHEN `from_account` = 0 AND `to_account` <> 0 THEN `amount` ELSE 0 END), 9223372036854775807),
        LEAST(SUM(CASE WHEN `from_account` <> 0 AND `to_account` = 0 THEN `amount` ELSE 0 END), 9223372036854775807),
        LEAST(SUM(CASE WHEN `from_account` <> 0 AND `to_account` <> 0 THEN `amount` ELSE 0 END), 9223372036854775807),
        COUNT(*)
    FROM `ledger` GROUP BY `hour`, `reason`;
