-- guild: Piece.search

-- page: binds _actor, f0_0, f0_0, f0_0, f0_0
/* Piece.search */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) AS c0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page.judge_id IS NOT NULL AND page.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS NOT NULL AND (SELECT person_18.mentor_id
FROM person AS person_18
WHERE person_18.id = page.maker_id) IS NOT NULL AND (SELECT person_19.mentor_id
FROM person AS person_19
WHERE person_19.id = page.maker_id) IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) AS c1, page.id AS c2, page.title AS c3, page.craft_id AS c4, page.maker_id AS c5, page.judge_id AS c6, page.part_of_id AS c7, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) = 1) THEN page.price END AS c8, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page.judge_id IS NOT NULL AND page.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS NOT NULL AND (SELECT person_18.mentor_id
FROM person AS person_18
WHERE person_18.id = page.maker_id) IS NOT NULL AND (SELECT person_19.mentor_id
FROM person AS person_19
WHERE person_19.id = page.maker_id) IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) = 1) THEN page.verdict END AS c9, page.created_at AS c10, page.updated_at AS c11
FROM (SELECT scans.id AS id, scans.title AS title, scans.craft_id AS craft_id, scans.maker_id AS maker_id, scans.judge_id AS judge_id, scans.part_of_id AS part_of_id, scans.price AS price, scans.verdict AS verdict, scans.created_at AS created_at, scans.updated_at AS updated_at, scans._version AS _version, scans._deleted_at AS _deleted_at
FROM (SELECT anon_1.id AS id, anon_1.title AS title, anon_1.craft_id AS craft_id, anon_1.maker_id AS maker_id, anon_1.judge_id AS judge_id, anon_1.part_of_id AS part_of_id, anon_1.price AS price, anon_1.verdict AS verdict, anon_1.created_at AS created_at, anon_1.updated_at AS updated_at, anon_1._version AS _version, anon_1._deleted_at AS _deleted_at
FROM (SELECT piece_1.id AS id, piece_1.title AS title, piece_1.craft_id AS craft_id, piece_1.maker_id AS maker_id, piece_1.judge_id AS judge_id, piece_1.part_of_id AS part_of_id, piece_1.price AS price, piece_1.verdict AS verdict, piece_1.created_at AS created_at, piece_1.updated_at AS updated_at, piece_1._version AS _version, piece_1._deleted_at AS _deleted_at
FROM piece AS piece_1
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_2.mentor_id
FROM person AS person_2
WHERE person_2.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_3.mentor_id
FROM person AS person_3
WHERE person_3.id = piece_1.maker_id) IS (SELECT me.id
FROM me)) AND piece_1.verdict = ? AND (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) AND piece_1._deleted_at IS NULL
ORDER BY piece_1.created_at DESC, piece_1.id DESC
LIMIT 11 OFFSET 0) AS anon_1
UNION ALL SELECT anon_2.id AS id, anon_2.title AS title, anon_2.craft_id AS craft_id, anon_2.maker_id AS maker_id, anon_2.judge_id AS judge_id, anon_2.part_of_id AS part_of_id, anon_2.price AS price, anon_2.verdict AS verdict, anon_2.created_at AS created_at, anon_2.updated_at AS updated_at, anon_2._version AS _version, anon_2._deleted_at AS _deleted_at
FROM (SELECT piece_4.id AS id, piece_4.title AS title, piece_4.craft_id AS craft_id, piece_4.maker_id AS maker_id, piece_4.judge_id AS judge_id, piece_4.part_of_id AS part_of_id, piece_4.price AS price, piece_4.verdict AS verdict, piece_4.created_at AS created_at, piece_4.updated_at AS updated_at, piece_4._version AS _version, piece_4._deleted_at AS _deleted_at
FROM piece AS piece_4
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND piece_4.judge_id IS NOT NULL AND piece_4.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_4.maker_id IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = piece_4.maker_id) IS NOT NULL AND (SELECT person_6.mentor_id
FROM person AS person_6
WHERE person_6.id = piece_4.maker_id) IS (SELECT me.id
FROM me)) AND piece_4.verdict = ? AND (SELECT me.id
FROM me) IS NOT NULL AND piece_4.judge_id IS NOT NULL AND piece_4.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_4.maker_id IS NOT (SELECT me.id
FROM me)) AND piece_4._deleted_at IS NULL
ORDER BY piece_4.created_at DESC, piece_4.id DESC
LIMIT 11 OFFSET 0) AS anon_2
UNION ALL SELECT anon_3.id AS id, anon_3.title AS title, anon_3.craft_id AS craft_id, anon_3.maker_id AS maker_id, anon_3.judge_id AS judge_id, anon_3.part_of_id AS part_of_id, anon_3.price AS price, anon_3.verdict AS verdict, anon_3.created_at AS created_at, anon_3.updated_at AS updated_at, anon_3._version AS _version, anon_3._deleted_at AS _deleted_at
FROM (SELECT piece_7.id AS id, piece_7.title AS title, piece_7.craft_id AS craft_id, piece_7.maker_id AS maker_id, piece_7.judge_id AS judge_id, piece_7.part_of_id AS part_of_id, piece_7.price AS price, piece_7.verdict AS verdict, piece_7.created_at AS created_at, piece_7.updated_at AS updated_at, piece_7._version AS _version, piece_7._deleted_at AS _deleted_at
FROM piece AS piece_7
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND piece_7.judge_id IS NOT NULL AND piece_7.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_7.maker_id IS NOT NULL AND (SELECT person_8.mentor_id
FROM person AS person_8
WHERE person_8.id = piece_7.maker_id) IS NOT NULL AND (SELECT person_9.mentor_id
FROM person AS person_9
WHERE person_9.id = piece_7.maker_id) IS (SELECT me.id
FROM me)) AND piece_7.verdict = ? AND (SELECT me.id
FROM me) IS NOT NULL AND piece_7.maker_id IS NOT NULL AND (SELECT person_10.mentor_id
FROM person AS person_10
WHERE person_10.id = piece_7.maker_id) IS NOT NULL AND (SELECT person_11.mentor_id
FROM person AS person_11
WHERE person_11.id = piece_7.maker_id) IS (SELECT me.id
FROM me) AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_7.maker_id IS NOT (SELECT me.id
FROM me)) AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_7.judge_id IS NULL OR piece_7.judge_id IS NOT (SELECT me.id
FROM me) OR likelihood((SELECT me.banned
FROM me) = 1, 0.500)) AND piece_7._deleted_at IS NULL
ORDER BY piece_7.created_at DESC, piece_7.id DESC
LIMIT 11 OFFSET 0) AS anon_3
UNION ALL SELECT anon_4.id AS id, anon_4.title AS title, anon_4.craft_id AS craft_id, anon_4.maker_id AS maker_id, anon_4.judge_id AS judge_id, anon_4.part_of_id AS part_of_id, anon_4.price AS price, anon_4.verdict AS verdict, anon_4.created_at AS created_at, anon_4.updated_at AS updated_at, anon_4._version AS _version, anon_4._deleted_at AS _deleted_at
FROM (SELECT piece_12.id AS id, piece_12.title AS title, piece_12.craft_id AS craft_id, piece_12.maker_id AS maker_id, piece_12.judge_id AS judge_id, piece_12.part_of_id AS part_of_id, piece_12.price AS price, piece_12.verdict AS verdict, piece_12.created_at AS created_at, piece_12.updated_at AS updated_at, piece_12._version AS _version, piece_12._deleted_at AS _deleted_at
FROM piece AS piece_12
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND piece_12.judge_id IS NOT NULL AND piece_12.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_12.maker_id IS NOT NULL AND (SELECT person_13.mentor_id
FROM person AS person_13
WHERE person_13.id = piece_12.maker_id) IS NOT NULL AND (SELECT person_14.mentor_id
FROM person AS person_14
WHERE person_14.id = piece_12.maker_id) IS (SELECT me.id
FROM me)) AND piece_12.verdict = ? AND piece_12.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_15
WHERE piece_15.part_of_id = piece_12.id AND piece_15.judge_id IS NULL AND piece_15._deleted_at IS NULL)) AND piece_12.part_of_id IS NULL AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_12.maker_id IS NOT (SELECT me.id
FROM me)) AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_12.judge_id IS NULL OR piece_12.judge_id IS NOT (SELECT me.id
FROM me) OR likelihood((SELECT me.banned
FROM me) = 1, 0.500)) AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR piece_12.maker_id IS NULL OR (SELECT person_16.mentor_id
FROM person AS person_16
WHERE person_16.id = piece_12.maker_id) IS NULL OR (SELECT person_17.mentor_id
FROM person AS person_17
WHERE person_17.id = piece_12.maker_id) IS NOT (SELECT me.id
FROM me)) AND piece_12._deleted_at IS NULL
ORDER BY piece_12.created_at DESC, piece_12.id DESC
LIMIT 11 OFFSET 0) AS anon_4) AS scans
ORDER BY scans.created_at DESC, scans.id DESC
LIMIT 11 OFFSET 0) AS page
ORDER BY page.created_at DESC, page.id DESC;
