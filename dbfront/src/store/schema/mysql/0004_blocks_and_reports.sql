-- Whom players do not want to hear, and what they want staff to know.

CREATE TABLE IF NOT EXISTS `chat_block` (
    `account` BIGINT NOT NULL,
    `blocked` BIGINT NOT NULL,
    `name` VARCHAR(64) NOT NULL,
    `since_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `blocked`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `report` (
    `account` BIGINT NOT NULL,
    `by_account` BIGINT NOT NULL,
    `name` VARCHAR(64) NOT NULL,
    `reason` VARCHAR(256) NOT NULL,
    `evidence` VARCHAR(4096) NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `by_account`),
    KEY `report_by_time` (`wall_ms`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
