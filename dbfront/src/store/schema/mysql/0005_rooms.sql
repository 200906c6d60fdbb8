-- Matches that survive their process, what they heard, the gold in their pots; and how they are played again.

CREATE TABLE IF NOT EXISTS `room` (
    `id` BIGINT NOT NULL,
    `kind` VARCHAR(32) NOT NULL,
    `number` BIGINT NOT NULL,
    `options` VARBINARY(1024) NOT NULL,
    `seed` VARBINARY(32) NOT NULL,
    `opened_ms` BIGINT NOT NULL,
    `opened_at` BIGINT NOT NULL,
    `inputs` BIGINT NOT NULL,
    `chunks` BIGINT NOT NULL,
    `state` MEDIUMBLOB NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `room_entry` (
    `room` BIGINT NOT NULL,
    `first` BIGINT NOT NULL,
    `inputs` MEDIUMBLOB NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`room`, `first`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `room_stake` (
    `room` BIGINT NOT NULL,
    `account` BIGINT NOT NULL,
    `gold` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`room`, `account`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `replay` (
    `id` BIGINT NOT NULL,
    `kind` VARCHAR(32) NOT NULL,
    `number` BIGINT NOT NULL,
    `options` VARBINARY(1024) NOT NULL,
    `seed` VARBINARY(32) NOT NULL,
    `opened_ms` BIGINT NOT NULL,
    `ended_ms` BIGINT NOT NULL,
    `inputs` BIGINT NOT NULL,
    `chunks` BIGINT NOT NULL,
    `hash` BIGINT NOT NULL,
    `outcome` VARCHAR(160) NOT NULL,
    `players` VARCHAR(2048) NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`id`),
    KEY `replay_by_time` (`ended_ms`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `replay_chunk` (
    `replay` BIGINT NOT NULL,
    `n` BIGINT NOT NULL,
    `inputs` MEDIUMBLOB NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`replay`, `n`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `replay_player` (
    `account` BIGINT NOT NULL,
    `replay` BIGINT NOT NULL,
    `kind` VARCHAR(32) NOT NULL,
    `ended_ms` BIGINT NOT NULL,
    `outcome` VARCHAR(160) NOT NULL,
    `place` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `replay`),
    KEY `replay_player_by_replay` (`replay`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `rating` (
    `account` BIGINT NOT NULL,
    `game` BIGINT NOT NULL,
    `rating` BIGINT NOT NULL,
    `games` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`account`, `game`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `room_clock` (
    `id` BIGINT NOT NULL,
    `at_ms` BIGINT NOT NULL,
    `wall_ms` BIGINT NOT NULL,
    `ver` BIGINT NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
