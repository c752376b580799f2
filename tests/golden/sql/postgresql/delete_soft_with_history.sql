-- depot: Task.delete

-- bound: binds _actor, _now, _versions, id
/* Task.delete */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($1 AS text)),
judged AS
(SELECT t.id AS id, coalesce((SELECT me.id
FROM me) IS NOT NULL AND t.team_id = any(ARRAY(SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))), false) AS v0, coalesce((SELECT me.id
FROM me) IS NOT NULL AND t.team_id = any(ARRAY(SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))), false) AS v1, coalesce(CAST($3 AS text) IS NULL OR t._version = any(CAST(CAST($3 AS text) AS bigint[])), false) AS v2, t.team_id AS v3
FROM task AS t
WHERE t.id = CAST($4 AS uuid) AND (SELECT me.id
FROM me) IS NOT NULL AND t.team_id = any(ARRAY(SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))) AND t._deleted_at IS NULL FOR NO KEY UPDATE OF t),
wrote AS
(UPDATE task
SET updated_at=CAST(CAST($2 AS text) AS timestamptz), _version=(task._version + 1), _deleted_at=CAST(CAST($2 AS text) AS timestamptz)
FROM judged
WHERE task.id = CAST($4 AS uuid) AND task.id = judged.id AND judged.v0 AND judged.v1 AND judged.v2
RETURNING task.id, task.team_id, task.parent_id, task.title, task.note, task.created_at, task.updated_at, task._version, task._deleted_at),
kept AS
(INSERT INTO task_history (id, team_id, parent_id, title, note, created_at, updated_at, _version, _deleted_at, _change, _by) SELECT wrote.id AS id, wrote.team_id AS team_id, wrote.parent_id AS parent_id, wrote.title AS title, wrote.note AS note, wrote.created_at AS created_at, wrote.updated_at AS updated_at, wrote._version AS _version, wrote._deleted_at AS _deleted_at, 'delete' AS _change, (SELECT by_row.id
FROM "user" AS by_row
WHERE by_row.subject = CAST($1 AS text)) AS _by
FROM wrote)
SELECT judged.v0 AS v0, judged.v1 AS v1, judged.v2 AS v2, judged.v3 AS v3
FROM judged
LEFT OUTER JOIN wrote ON true;
