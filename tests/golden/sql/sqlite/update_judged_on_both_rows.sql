-- depot: Shelf.update

-- judge: binds _actor, team_id, id
/* Shelf.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND shelf_1.team_id IN (SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND shelf_1.team_id IN (SELECT member_3.team_id
FROM member AS member_3
WHERE member_3.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS v1, shelf_1._version AS v2, NULL AS v3, coalesce(CASE WHEN (EXISTS (SELECT 1
FROM team AS team_4
WHERE team_4.id = ? AND 1 = 1)) THEN 1 ELSE 0 END, 0) AS v4
FROM shelf AS shelf_1
WHERE shelf_1.id = ?;

-- write: binds team_id, size, _now, id
/* Shelf.update */ UPDATE shelf
SET team_id=?, size=?, updated_at=?, _version=(shelf._version + 1)
WHERE shelf.id = ?;

-- foresee: binds _actor, team_id, id
/* Shelf.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND ? IN (SELECT member_1.team_id
FROM member AS member_1
WHERE member_1.user_id = (SELECT me.id
FROM me))) THEN 1 ELSE 0 END, 0) AS coalesce_1
FROM shelf AS t
WHERE t.id = ?;

-- page: binds _actor, id
/* Shelf.update */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT page.id AS c0, page.team_id AS c1, page.name AS c2, page.size AS c3, page.used AS c4, page.created_at AS c5, page.updated_at AS c6, page._version AS c7
FROM (SELECT shelf_1.id AS id, shelf_1.team_id AS team_id, shelf_1.name AS name, shelf_1.size AS size, shelf_1.used AS used, shelf_1.created_at AS created_at, shelf_1.updated_at AS updated_at, shelf_1._version AS _version
FROM shelf AS shelf_1
WHERE shelf_1.id = ? AND (SELECT me.id
FROM me) IS NOT NULL AND shelf_1.team_id IN (SELECT member_2.team_id
FROM member AS member_2
WHERE member_2.user_id = (SELECT me.id
FROM me))) AS page;
