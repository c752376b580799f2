-- guild: Piece.restore

-- judge: binds _actor, id
/* Piece.restore */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT coalesce(CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
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
WHERE piece_4.part_of_id = piece_1.id AND piece_4.judge_id IS NULL AND piece_4._deleted_at IS NULL)) AND piece_1.part_of_id IS NULL) THEN 1 ELSE 0 END, 0) = 1 AND (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) AND piece_1.part_of_id IS NULL) THEN 1 ELSE 0 END, 0) = 1 OR piece_1._deleted_at IS NULL)) THEN 1 ELSE 0 END, 0) AS v0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND piece_1.maker_id IS (SELECT me.id
FROM me) AND piece_1.part_of_id IS NULL) THEN 1 ELSE 0 END, 0) AS v1, piece_1._version AS v2, NULL AS v3
FROM piece AS piece_1
WHERE piece_1.id = ?;

-- write: binds _now, id
/* Piece.restore */ UPDATE piece
SET updated_at=?, _version=(piece._version + 1), _deleted_at=NULL
WHERE piece.id = ? AND piece._deleted_at IS NOT NULL
RETURNING id;

-- history: binds _actor, id
/* Piece.restore */ INSERT INTO piece_history (id, title, craft_id, maker_id, judge_id, part_of_id, price, verdict, created_at, updated_at, _version, _deleted_at, _change, _by) SELECT piece.id, piece.title, piece.craft_id, piece.maker_id, piece.judge_id, piece.part_of_id, piece.price, piece.verdict, piece.created_at, piece.updated_at, piece._version, piece._deleted_at, 'restore' AS _change, (SELECT by_row.id
FROM person AS by_row
WHERE by_row.subject = ?
ORDER BY by_row.id DESC
LIMIT 1 OFFSET 0) AS _by
FROM piece
WHERE piece.id = ?;

-- page: binds _actor, id
/* Piece.restore */ WITH me AS
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
FROM me) IS NOT NULL AND page.maker_id IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = page.maker_id) IS NOT NULL AND (SELECT person_6.mentor_id
FROM person AS person_6
WHERE person_6.id = page.maker_id) IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) AS c1, page.id AS c2, page.title AS c3, page.craft_id AS c4, page.maker_id AS c5, page.judge_id AS c6, page.part_of_id AS c7, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) = 1) THEN page.price END AS c8, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page.judge_id IS NOT NULL AND page.judge_id IS (SELECT me.id
FROM me) AND (SELECT me.banned
FROM me) IS NOT TRUE OR (SELECT me.id
FROM me) IS NOT NULL AND page.maker_id IS NOT NULL AND (SELECT person_5.mentor_id
FROM person AS person_5
WHERE person_5.id = page.maker_id) IS NOT NULL AND (SELECT person_6.mentor_id
FROM person AS person_6
WHERE person_6.id = page.maker_id) IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) = 1) THEN page.verdict END AS c9, page.created_at AS c10, page.updated_at AS c11, page._version AS c12
FROM (SELECT piece_1.id AS id, piece_1.title AS title, piece_1.craft_id AS craft_id, piece_1.maker_id AS maker_id, piece_1.judge_id AS judge_id, piece_1.part_of_id AS part_of_id, piece_1.price AS price, piece_1.verdict AS verdict, piece_1.created_at AS created_at, piece_1.updated_at AS updated_at, piece_1._version AS _version, piece_1._deleted_at AS _deleted_at
FROM piece AS piece_1
WHERE piece_1.id = ? AND ((SELECT me.id
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
WHERE piece_4.part_of_id = piece_1.id AND piece_4.judge_id IS NULL AND piece_4._deleted_at IS NULL)) AND piece_1.part_of_id IS NULL) AND piece_1._deleted_at IS NULL) AS page;
