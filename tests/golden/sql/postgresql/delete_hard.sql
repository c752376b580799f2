-- depot: Thing.delete

-- bound: binds _actor, _versions, id
/* Thing.delete */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($1 AS text)),
judged AS
(SELECT t.id AS id, coalesce((SELECT me.id
FROM me) IS NOT NULL AND (SELECT shelf_2.team_id
FROM shelf AS shelf_2
WHERE shelf_2.id = t.shelf_id) = any(ARRAY(SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))), false) AS v0, coalesce((SELECT me.id
FROM me) IS NOT NULL AND (SELECT shelf_2.team_id
FROM shelf AS shelf_2
WHERE shelf_2.id = t.shelf_id) = any(ARRAY(SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))), false) AS v1, coalesce(CAST($2 AS text) IS NULL OR t._version = any(CAST(CAST($2 AS text) AS bigint[])), false) AS v2, NULL AS v3
FROM thing AS t
WHERE t.id = CAST($3 AS uuid) AND (SELECT me.id
FROM me) IS NOT NULL AND (SELECT shelf_4.team_id
FROM shelf AS shelf_4
WHERE shelf_4.id = t.shelf_id) = any(ARRAY(SELECT member_3.team_id
FROM member AS member_3
WHERE member_3.user_id = (SELECT me.id
FROM me))) FOR NO KEY UPDATE OF t),
wrote AS
(DELETE
FROM thing USING judged
WHERE thing.id = CAST($3 AS uuid) AND thing.id = judged.id AND judged.v0 AND judged.v1 AND judged.v2
RETURNING thing.id, thing.shelf_id, thing.spare_id, thing.code, thing.secret, thing.created_at, thing.updated_at, thing._version)
SELECT judged.v0 AS v0, judged.v1 AS v1, judged.v2 AS v2, judged.v3 AS v3
FROM judged
LEFT OUTER JOIN wrote ON true;
