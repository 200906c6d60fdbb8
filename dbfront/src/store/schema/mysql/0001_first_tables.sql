-- Every statement can be run again: MySQL takes no change of tables back. Text in keys is bytes, for every
-- collation that MySQL and MariaDB share ignores spaces at the end.

-- Where the journal has been applied to: one row, changed in the transaction of every batch. Its id is 0
-- until the world is published, then 1.
CREATE TABLE IF NOT EXISTS `journal_cursor` (
    `id` INT NOT NULL,
    `journal_uuid` BINARY(16) NOT NULL,
    `lsn` BIGINT NOT NULL,
    `chain_hash` BINARY(16) NOT NULL,
    `game_epoch` BIGINT NOT NULL,
    `dbf_epoch` BIGINT NOT NULL,
    `schema_version` INT NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `account` (
    `id` BIGINT NOT NULL,
    `name` VARCHAR(64) NULL,
    `secret_hash` VARBINARY(32) NULL,
    `password` VARCHAR(256) NULL,
    `session_gen` BIGINT NOT NULL,
    `cseq_last` BIGINT NOT NULL,
    `cseq_ok` BIGINT NOT NULL,
    `created_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `account_name` (
    `name_key` VARBINARY(64) NOT NULL,
    `account` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`name_key`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `wallet` (
    `account` BIGINT NOT NULL,
    `gold` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `ledger` (
    `lsn` BIGINT NOT NULL,
    `n` BIGINT NOT NULL,
    `from_account` BIGINT NOT NULL,
    `to_account` BIGINT NOT NULL,
    `amount` BIGINT NOT NULL,
    `reason` BIGINT NOT NULL,
    `cseq` BIGINT NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    PRIMARY KEY (`lsn`, `n`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
