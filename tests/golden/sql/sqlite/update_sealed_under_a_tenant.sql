-- depot: Task.update

-- judge: binds _actor, id
/* Task.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND task_1.team_id IN (SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND task_1.team_id IN (SELECT member_3.team_id
FROM member AS member_3
WHERE member_3.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v1, task_1._version AS v2, task_1.team_id AS v3
FROM task AS task_1
WHERE task_1.id = ? AND task_1._deleted_at IS NULL;

-- write: binds note, _now, id
/* Task.update */ UPDATE task
SET note=?, updated_at=?, _version=(task._version + 1)
WHERE task.id = ?;

-- foresee: binds _actor, id
/* Task.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND t.team_id IN (SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS coalesce_1
FROM task AS t
WHERE t.id = ?;

-- history: binds _actor, id
/* Task.update */ INSERT INTO task_history (id, team_id, parent_id, title, note, created_at, updated_at, _version, _deleted_at, _change, _by) SELECT task.id, task.team_id, task.parent_id, task.title, task.note, task.created_at, task.updated_at, task._version, task._deleted_at, 'update' AS _change, (SELECT by_row.id
FROM user AS by_row
WHERE by_row.subject = ?) AS _by
FROM task
WHERE task.id = ?;

-- page: binds _actor, id
/* Task.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT page.id AS c0, page.team_id AS c1, page.parent_id AS c2, page.title AS c3, page.note AS c4, page.created_at AS c5, page.updated_at AS c6, page._version AS c7
FROM (SELECT task_1.id AS id, task_1.team_id AS team_id, task_1.parent_id AS parent_id, task_1.title AS title, task_1.note AS note, task_1.created_at AS created_at, task_1.updated_at AS updated_at, task_1._version AS _version, task_1._deleted_at AS _deleted_at
FROM task AS task_1
WHERE task_1.id = ? AND (SELECT me.id
FROM me) IS NOT NULL AND task_1.team_id IN (SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me)) AND task_1._deleted_at IS NULL) AS page;
