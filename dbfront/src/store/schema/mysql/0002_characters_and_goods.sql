-- Indexes are for people who look something up; nothing of ours reads by them, and no column but a key is unique.

CREATE TABLE IF NOT EXISTS `restriction` (
    `account` BIGINT NOT NULL,
    `banned_until_ms` BIGINT NULL,
    `ban_reason` VARCHAR(128) NULL,
    `muted_until_ms` BIGINT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `character` (
    `account` BIGINT NOT NULL,
    `id` BIGINT NOT NULL,
    `name` VARCHAR(64) NOT NULL,
    `level` BIGINT NOT NULL,
    `xp` BIGINT NOT NULL,
    `hp` BIGINT NOT NULL,
    `map` BIGINT NOT NULL,
    `x_mm` BIGINT NOT NULL,
    `y_mm` BIGINT NOT NULL,
    `created_ms` BIGINT NOT NULL,
    `deleted_ms` BIGINT NULL,
    `dead` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `id`),
    KEY `character_by_id` (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `character_name` (
    `name_key` VARBINARY(64) NOT NULL,
    `account` BIGINT NOT NULL,
    `character` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`name_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `item` (
    `holder` BIGINT NOT NULL,
    `id` BIGINT NOT NULL,
    `kind` BIGINT NOT NULL,
    `quantity` BIGINT NOT NULL,
    `place` BIGINT NOT NULL,
    `slot` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`holder`, `id`),
    KEY `item_by_id` (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `goods_log` (
    `lsn` BIGINT NOT NULL,
    `n` BIGINT NOT NULL,
    `item` BIGINT NOT NULL,
    `kind` BIGINT NOT NULL,
    `quantity` BIGINT NOT NULL,
    `from_holder` BIGINT NOT NULL,
    `to_holder` BIGINT NOT NULL,
    `reason` BIGINT NOT NULL,
    `account` BIGINT NOT NULL,
    `cseq` BIGINT NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    PRIMARY KEY (`lsn`, `n`),
    KEY `goods_log_by_item` (`item`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `mail` (
    `to_character` BIGINT NOT NULL,
    `id` BIGINT NOT NULL,
    `from_character` BIGINT NOT NULL,
    `from_name` VARCHAR(64) NOT NULL,
    `subject` VARCHAR(64) NOT NULL,
    `text` VARCHAR(1024) NOT NULL,
    `gold` BIGINT NOT NULL,
    `sent_ms` BIGINT NOT NULL,
    `read` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`to_character`, `id`),
    KEY `mail_by_id` (`id`),
    KEY `mail_by_sender` (`from_character`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `grant_key` (
    `key` VARBINARY(64) NOT NULL,
    `account` BIGINT NOT NULL,
    `amount` BIGINT NOT NULL,
    `lsn` BIGINT NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
