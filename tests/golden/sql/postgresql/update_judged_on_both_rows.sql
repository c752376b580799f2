-- depot: Shelf.update

-- bound: binds _actor, team_id, _versions, id, size, _now
/* Shelf.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($1 AS text)),
judged AS
(SELECT t.id AS id, coalesce((SELECT me.id
FROM me) IS NOT NULL AND t.team_id = any(ARRAY(SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))), false) AS v0, coalesce((SELECT me.id
FROM me) IS NOT NULL AND CAST($2 AS uuid) = any(ARRAY(SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))), false) AS v1, coalesce(CAST($3 AS text) IS NULL OR t._version = any(CAST(CAST($3 AS text) AS bigint[])), false) AS v2, NULL AS v3, coalesce(EXISTS (SELECT 1
FROM team AS team_3
WHERE team_3.id = CAST($2 AS uuid) AND true), false) AS v4
FROM shelf AS t
WHERE t.id = CAST($4 AS uuid) AND (SELECT me.id
FROM me) IS NOT NULL AND t.team_id = any(ARRAY(SELECT member_4.team_id
FROM member AS member_4
WHERE member_4.user_id = (SELECT me.id
FROM me))) FOR NO KEY UPDATE OF t),
wrote AS
(UPDATE shelf
SET team_id=CAST($2 AS uuid), size=CAST($5 AS bigint), updated_at=CAST(CAST($6 AS text) AS timestamptz), _version=(shelf._version + 1)
FROM judged
WHERE shelf.id = CAST($4 AS uuid) AND shelf.id = judged.id AND judged.v0 AND judged.v1 AND judged.v2 AND judged.v4
RETURNING shelf.id, shelf.team_id, shelf.name, shelf.size, shelf.used, shelf.created_at, shelf.updated_at, shelf._version)
SELECT judged.v0 AS v0, judged.v1 AS v1, judged.v2 AS v2, judged.v3 AS v3, judged.v4 AS v4, coalesce((SELECT me.id
FROM me) IS NOT NULL AND wrote.team_id = any(ARRAY(SELECT member_5.team_id
FROM member AS member_5
WHERE member_5.user_id = (SELECT me.id
FROM me))), false) AS v5, convert_to((SELECT CAST(row_to_json(o) AS text)
FROM (SELECT wrote.id AS "id", wrote.team_id AS "team_id", wrote.name AS "name", wrote.size AS "size", wrote.used AS "used", to_char(wrote.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "created_at", to_char(wrote.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updated_at") AS o), 'UTF8') AS v6, wrote.id AS v7, wrote._version AS v8
FROM judged
LEFT OUTER JOIN wrote ON true;
