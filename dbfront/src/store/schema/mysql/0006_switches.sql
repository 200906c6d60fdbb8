-- What staff has switched on for the whole world, and accounts that neither give nor take.

CREATE TABLE IF NOT EXISTS `world_switch` (
    `name` VARBINARY(32) NOT NULL,
    `value` BIGINT NOT NULL,
    `reason` VARCHAR(128) NOT NULL,
    `staff` VARCHAR(64) NOT NULL,
    `since_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`name`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `wealth_freeze` (
    `account` BIGINT NOT NULL,
    `reason` VARCHAR(128) NOT NULL,
    `staff` VARCHAR(64) NOT NULL,
    `since_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
