-- depot: Thing.delete

-- judge: binds _actor, id
/* Thing.delete */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND (SELECT shelf_3.team_id
FROM shelf AS shelf_3
WHERE shelf_3.id = thing_1.shelf_id) IN (SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND (SELECT shelf_5.team_id
FROM shelf AS shelf_5
WHERE shelf_5.id = thing_1.shelf_id) IN (SELECT member_4.team_id
FROM member AS member_4
WHERE member_4.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v1, thing_1._version AS v2, NULL AS v3
FROM thing AS thing_1
WHERE thing_1.id = ?;

-- write: binds id
/* Thing.delete */ DELETE
FROM thing
WHERE thing.id = ?;

-- history: binds _actor, id
/* Thing.delete */ INSERT INTO thing_history (id, shelf_id, spare_id, code, secret, created_at, updated_at, _version, _change, _by) SELECT thing.id, thing.shelf_id, thing.spare_id, thing.code, thing.secret, thing.created_at, thing.updated_at, thing._version, 'delete' AS _change, (SELECT by_row.id
FROM user AS by_row
WHERE by_row.subject = ?) AS _by
FROM thing
WHERE thing.id = ?;
