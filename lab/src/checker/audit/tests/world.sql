-- A world without a fault. Ana (1), bo (2) and cy (3) with the characters 11, 12 and 13; account 4 was forgotten,
-- character 19 is gone for good with its letter 203.
INSERT INTO journal_cursor VALUES (1, x'01', 100, x'02', 1, 1, 2);
INSERT INTO account (id, name, secret_hash, password, session_gen, cseq_last, cseq_ok, created_ms, ver) VALUES
    (1, 'Ana', NULL, 'phc', 1, 9, 510, 0, 9), (2, NULL, x'05', NULL, 1, 8, 255, 0, 9),
    (3, NULL, x'06', NULL, 1, 2, 3, 0, 3), (4, NULL, NULL, NULL, 1, 0, 0, 0, 3);
INSERT INTO account_name VALUES ('ana', 1, 1);
INSERT INTO wallet VALUES (1, 888, 6), (2, 1489, 8), (3, 1003, 2);
INSERT INTO character (account, id, name, level, xp, hp, map, x_mm, y_mm, created_ms, deleted_ms, dead, ver) VALUES
    (1, 11, 'Ada', 1, 0, 10, 1, 0, 0, 0, NULL, 0, 1), (2, 12, 'Bob', 2, 90, 10, 1, -5, 7, 0, NULL, 0, 4),
    (3, 13, 'Cyd', 1, 0, 0, 1, 0, 0, 0, 77, 1, 2);
INSERT INTO character_name VALUES ('ada', 1, 11, 1), ('bob', 2, 12, 1), ('cyd', 3, 13, 1);
INSERT INTO item VALUES (11, 101, 40, 3, 1, 0, 4), (11, 102, 1, 1, 2, 1, 2), (11, 103, 40, 4, 1, 1, 1),
    (13, 105, 60, 1, 1, 0, 3), (201, 104, 40, 2, 3, 0, 1);
INSERT INTO mail VALUES (13, 201, 11, 'Ada', 'bread', 'for you', 50, 0, 0, 1), (11, 204, 12, 'Bob', 'hello', '', 0, 0, 1, 2);
INSERT INTO grant_key VALUES ('order 1', 2, 500, 12, 0, 1);
INSERT INTO staff_log VALUES (12, 1, 'key grants', 'grant', 2, NULL, 'order 1', 0);
INSERT INTO ledger VALUES
    (1, 0, 0, 1, 1000, 1, 0, 0), (2, 0, 0, 2, 1000, 1, 0, 0), (3, 0, 0, 3, 1000, 1, 0, 0), (4, 0, 0, 4, 1000, 1, 0, 0),
    -- Ana buys ten loaves, bo a knife.
    (5, 1, 1, 0, 40, 4, 2, 0), (6, 1, 2, 0, 20, 4, 1, 0),
    -- They trade four loaves and 30 gold for the knife and 10 gold: bo's accept is the second.
    (8, 2, 1, 2, 30, 6, 0, 0), (8, 3, 2, 1, 10, 6, 4, 0),
    -- Letters: Ana's 201 stays, bo's 202 is emptied and deleted.
    (9, 3, 1, 201, 50, 7, 5, 0), (10, 1, 2, 202, 5, 7, 5, 0), (11, 1, 202, 1, 5, 8, 6, 0),
    (12, 0, 0, 2, 500, 9, 0, 0), (14, 1, 0, 3, 3, 5, 1, 0), (15, 0, 1, 2, 7, 2, 7, 0), (17, 0, 4, 0, 1000, 13, 0, 0),
    (19, 0, 2, 203, 9, 7, 6, 0), (22, 0, 203, 0, 9, 13, 0, 0), (20, 1, 2, 0, 4, 4, 7, 0);
INSERT INTO goods_log VALUES
    (5, 0, 101, 40, 10, 0, 11, 4, 1, 2, 0), (6, 0, 102, 1, 1, 0, 12, 4, 2, 1, 0),
    -- Ana splits four loaves off.
    (7, 0, 101, 40, 4, 11, 0, 14, 1, 3, 0), (7, 1, 103, 40, 4, 0, 11, 14, 1, 3, 0),
    (8, 0, 103, 40, 4, 11, 12, 6, 2, 4, 0), (8, 1, 102, 1, 1, 12, 11, 6, 2, 4, 0),
    -- Two loaves of 101 go into the letter as 104.
    (9, 0, 101, 40, 2, 11, 0, 14, 1, 5, 0), (9, 1, 104, 40, 2, 0, 11, 14, 1, 5, 0), (9, 2, 104, 40, 2, 11, 201, 7, 1, 5, 0),
    (10, 0, 103, 40, 4, 12, 202, 7, 2, 5, 0), (11, 0, 103, 40, 4, 202, 11, 8, 1, 6, 0),
    (13, 0, 105, 60, 3, 0, 13, 3, 3, 0, 0), (14, 0, 105, 60, 1, 13, 0, 5, 3, 1, 0), (16, 0, 105, 60, 1, 13, 0, 12, 3, 2, 0),
    (18, 0, 101, 40, 1, 11, 0, 11, 1, 8, 0),
    -- Bo buys a loaf and eats it.
    (20, 0, 106, 40, 1, 0, 12, 4, 2, 7, 0), (21, 0, 106, 40, 1, 12, 0, 11, 2, 8, 0);
-- Dee (5) has staked in the match 501, got some of it back, and lost half of her stake in 502 to the house.
INSERT INTO account (id, name, secret_hash, password, session_gen, cseq_last, cseq_ok, created_ms, ver) VALUES
    (5, NULL, x'07', NULL, 1, 0, 0, 0, 1);
INSERT INTO wallet VALUES (5, 915, 5);
INSERT INTO room (id, kind, number, options, seed, opened_ms, opened_at, inputs, chunks, state, ver) VALUES
    (501, 'chess', 1, x'', x'01', 0, 0, 3, 1, x'02', 2);
INSERT INTO room_entry VALUES (501, 4, x'03', 1);
INSERT INTO room_stake VALUES (501, 5, 80, 2);
INSERT INTO replay (id, kind, number, options, seed, opened_ms, ended_ms, inputs, chunks, hash, outcome, players, ver)
    VALUES (502, 'chess', 2, x'', x'01', 0, 9, 3, 1, -7, 'mate', '[5]', 1);
INSERT INTO replay_chunk VALUES (501, 0, x'04', 1), (502, 0, x'05', 1);
INSERT INTO replay_player VALUES (5, 502, 'chess', 9, 'mate', 1, 1);
INSERT INTO rating VALUES (5, 1040, 1516, 1, 1);
INSERT INTO room_clock VALUES (0, 9, 9, 4);
INSERT INTO ledger VALUES (25, 0, 0, 5, 1000, 1, 0, 0), (50, 0, 5, 501, 100, 15, 3, 0), (51, 0, 501, 5, 20, 16, 0, 0),
    (52, 0, 5, 502, 10, 15, 0, 0), (53, 0, 502, 5, 5, 17, 4, 0), (53, 1, 502, 0, 5, 18, 4, 0);
