-- What staff notes about players, and what its deeds changed.

CREATE TABLE IF NOT EXISTS `staff_note` (
    `account` BIGINT NOT NULL,
    `id` BIGINT NOT NULL,
    `staff` VARCHAR(64) NOT NULL,
    `text` VARCHAR(512) NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `deed_key` (
    `key` VARBINARY(64) NOT NULL,
    `account` BIGINT NOT NULL,
    `asked` VARBINARY(32) NOT NULL,
    `lsn` BIGINT NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `staff_change` (
    `lsn` BIGINT NOT NULL,
    `n` BIGINT NOT NULL,
    `account` BIGINT NOT NULL,
    `was` VARCHAR(512) NOT NULL,
    `became` VARCHAR(512) NOT NULL,
    PRIMARY KEY (`lsn`, `n`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
