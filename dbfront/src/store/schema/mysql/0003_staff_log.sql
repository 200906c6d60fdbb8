-- What staff did, in the record of its effect.

CREATE TABLE IF NOT EXISTS `staff_log` (
    `lsn` BIGINT NOT NULL,
    `n` BIGINT NOT NULL,
    `staff` VARCHAR(64) NOT NULL,
    `deed` VARCHAR(32) NOT NULL,
    `account` BIGINT NOT NULL,
    `until_ms` BIGINT NULL,
    `reason` VARCHAR(128) NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    PRIMARY KEY (`lsn`, `n`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
