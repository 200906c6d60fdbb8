-- Letters to many, and how far each has come.

CREATE TABLE IF NOT EXISTS `campaign` (
    `key` VARBINARY(64) NOT NULL,
    `wish` VARBINARY(4096) NOT NULL,
    `state` BIGINT NOT NULL,
    `reached` BIGINT NOT NULL,
    `sent` BIGINT NOT NULL,
    `skipped` BIGINT NOT NULL,
    `staff` VARCHAR(64) NOT NULL,
    `reason` VARCHAR(128) NOT NULL,
    `started_ms` BIGINT NOT NULL,
    `ended_ms` BIGINT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
