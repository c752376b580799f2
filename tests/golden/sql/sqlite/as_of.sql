-- guild: Piece.as_of

-- page: binds _actor, id, id, as_of
/* Piece.as_of */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT then_row._version AS h0, then_row.updated_at AS h1, coalesce(then_row._change, CASE WHEN (then_row._deleted_at IS NOT NULL) THEN 'delete' WHEN (then_row._version = 1) THEN 'create' ELSE 'update' END) AS h2, then_row._by AS h3, coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS (SELECT me.id
FROM me)) AND ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS c0, coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND then_row.judge_id IS NOT NULL AND then_row.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS NOT NULL AND (SELECT person_2.mentor_id
FROM person AS person_2
WHERE person_2.id = then_row.maker_id) IS NOT NULL AND (SELECT person_3.mentor_id
FROM person AS person_3
WHERE person_3.id = then_row.maker_id) IS (SELECT me.id
FROM me)) AND ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_4.mentor_id
FROM person AS person_4
WHERE person_4.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = piece_1.maker_id) IS (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS c1, then_row.id AS c2, then_row.title AS c3, then_row.craft_id AS c4, then_row.maker_id AS c5, then_row.judge_id AS c6, then_row.part_of_id AS c7, CASE WHEN (coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS (SELECT me.id
FROM me)) AND ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) = 1) THEN then_row.price END AS c8, CASE WHEN (coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND then_row.judge_id IS NOT NULL AND then_row.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS NOT NULL AND (SELECT person_2.mentor_id
FROM person AS person_2
WHERE person_2.id = then_row.maker_id) IS NOT NULL AND (SELECT person_3.mentor_id
FROM person AS person_3
WHERE person_3.id = then_row.maker_id) IS (SELECT me.id
FROM me)) AND ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_4.mentor_id
FROM person AS person_4
WHERE person_4.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = piece_1.maker_id) IS (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) = 1) THEN then_row.verdict END AS c9, then_row.created_at AS c10, then_row.updated_at AS c11
FROM piece AS piece_1 JOIN piece_history AS then_row ON then_row.id = piece_1.id
WHERE piece_1.id = ? AND piece_1._deleted_at IS NULL AND ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_6.mentor_id
FROM person AS person_6
WHERE person_6.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_7.mentor_id
FROM person AS person_7
WHERE person_7.id = piece_1.maker_id) IS (SELECT me.id
FROM me) OR piece_1.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_8
WHERE piece_8.part_of_id = piece_1.id AND piece_8.judge_id IS NULL AND piece_8._deleted_at IS NULL)) AND piece_1.part_of_id IS NULL) AND ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR piece_1.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_9
WHERE piece_9.part_of_id = piece_1.id AND piece_9.judge_id IS NULL AND piece_9._deleted_at IS NULL))) AND ((SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.judge_id IS NOT NULL AND then_row.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS NOT NULL AND (SELECT person_10.mentor_id
FROM person AS person_10
WHERE person_10.id = then_row.maker_id) IS NOT NULL AND (SELECT person_11.mentor_id
FROM person AS person_11
WHERE person_11.id = then_row.maker_id) IS (SELECT me.id
FROM me) OR then_row.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_12
WHERE piece_12.part_of_id = then_row.id AND piece_12.judge_id IS NULL AND piece_12._deleted_at IS NULL)) AND then_row.part_of_id IS NULL) AND ((SELECT me.id
FROM me) IS NOT NULL AND then_row.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND then_row.judge_id IS NOT NULL AND then_row.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR then_row.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_13
WHERE piece_13.part_of_id = then_row.id AND piece_13.judge_id IS NULL AND piece_13._deleted_at IS NULL))) AND then_row._version = (SELECT max(versions._version) AS max_1
FROM piece_history AS versions
WHERE versions.id = ? AND versions.updated_at <= ?) AND then_row._deleted_at IS NULL;

-- judge: binds _actor, id
/* Piece.as_of */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_2.mentor_id
FROM person AS person_2
WHERE person_2.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_3.mentor_id
FROM person AS person_3
WHERE person_3.id = piece_1.maker_id) IS (SELECT me.id
FROM me) OR piece_1.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_4
WHERE piece_4.part_of_id = piece_1.id AND piece_4.judge_id IS NULL AND piece_4._deleted_at IS NULL)) AND piece_1.part_of_id IS NULL) THEN 1 ELSE 0 END, 0) AS there, coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = piece_1.maker_id) IS NOT NULL AND (SELECT person_6.mentor_id
FROM person AS person_6
WHERE person_6.id = piece_1.maker_id) IS (SELECT me.id
FROM me) OR piece_1.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_7
WHERE piece_7.part_of_id = piece_1.id AND piece_7.judge_id IS NULL AND piece_7._deleted_at IS NULL)) AND piece_1.part_of_id IS NULL) AND ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND piece_1.judge_id IS NOT NULL AND piece_1.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR piece_1.judge_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM piece AS piece_8
WHERE piece_8.part_of_id = piece_1.id AND piece_8.judge_id IS NULL AND piece_8._deleted_at IS NULL)))) THEN 1 ELSE 0 END, 0) AS may
FROM piece AS piece_1
WHERE piece_1.id = ? AND piece_1._deleted_at IS NULL;
