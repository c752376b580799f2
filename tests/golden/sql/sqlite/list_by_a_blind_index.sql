-- guild: Person.search

-- page: binds _actor, f0_0, f0_0
/* Person.search */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page.id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND page.mentor_id IS NOT NULL AND page.mentor_id IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) AS c0, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN 1 ELSE 0 END, 0) AS c1, page.id AS c2, page.subject AS c3, page.nick AS c4, page.rank AS c5, page.banned AS c6, page.mentor_id AS c7, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page.id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND page.mentor_id IS NOT NULL AND page.mentor_id IS (SELECT me.id
FROM me)) THEN 1 ELSE 0 END, 0) = 1) THEN page.phone END AS c8, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN 1 ELSE 0 END, 0) = 1) THEN page.salary END AS c9, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN 1 ELSE 0 END, 0) = 1) THEN page.motto END AS c10, page.created_at AS c11, page.updated_at AS c12, coalesce(CASE WHEN likelihood(page.rank = 'master', 0.500) THEN 1 ELSE 0 END, 0) AS c13
FROM (SELECT scans.id AS id, scans.subject AS subject, scans.nick AS nick, scans.rank AS rank, scans.banned AS banned, scans.mentor_id AS mentor_id, scans.phone AS phone, scans._phone_bidx AS _phone_bidx, scans.salary AS salary, scans.motto AS motto, scans.created_at AS created_at, scans.updated_at AS updated_at, scans._version AS _version, scans._deleted_at AS _deleted_at
FROM (SELECT anon_1.id AS id, anon_1.subject AS subject, anon_1.nick AS nick, anon_1.rank AS rank, anon_1.banned AS banned, anon_1.mentor_id AS mentor_id, anon_1.phone AS phone, anon_1._phone_bidx AS _phone_bidx, anon_1.salary AS salary, anon_1.motto AS motto, anon_1.created_at AS created_at, anon_1.updated_at AS updated_at, anon_1._version AS _version, anon_1._deleted_at AS _deleted_at
FROM (SELECT person_1.id AS id, person_1.subject AS subject, person_1.nick AS nick, person_1.rank AS rank, person_1.banned AS banned, person_1.mentor_id AS mentor_id, person_1.phone AS phone, person_1._phone_bidx AS _phone_bidx, person_1.salary AS salary, person_1.motto AS motto, person_1.created_at AS created_at, person_1.updated_at AS updated_at, person_1._version AS _version, person_1._deleted_at AS _deleted_at
FROM person AS person_1
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND person_1.id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND person_1.mentor_id IS NOT NULL AND person_1.mentor_id IS (SELECT me.id
FROM me)) AND person_1._phone_bidx = ? AND (SELECT me.id
FROM me) IS NOT NULL AND person_1.id = (SELECT me.id
FROM me) AND person_1._deleted_at IS NULL
ORDER BY person_1.nick, person_1.id
LIMIT 21 OFFSET 0) AS anon_1
UNION ALL SELECT anon_2.id AS id, anon_2.subject AS subject, anon_2.nick AS nick, anon_2.rank AS rank, anon_2.banned AS banned, anon_2.mentor_id AS mentor_id, anon_2.phone AS phone, anon_2._phone_bidx AS _phone_bidx, anon_2.salary AS salary, anon_2.motto AS motto, anon_2.created_at AS created_at, anon_2.updated_at AS updated_at, anon_2._version AS _version, anon_2._deleted_at AS _deleted_at
FROM (SELECT person_2.id AS id, person_2.subject AS subject, person_2.nick AS nick, person_2.rank AS rank, person_2.banned AS banned, person_2.mentor_id AS mentor_id, person_2.phone AS phone, person_2._phone_bidx AS _phone_bidx, person_2.salary AS salary, person_2.motto AS motto, person_2.created_at AS created_at, person_2.updated_at AS updated_at, person_2._version AS _version, person_2._deleted_at AS _deleted_at
FROM person AS person_2
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND person_2.id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND person_2.mentor_id IS NOT NULL AND person_2.mentor_id IS (SELECT me.id
FROM me)) AND person_2._phone_bidx = ? AND person_2.banned IS NOT TRUE AND (((SELECT me.id
FROM me) IS NOT NULL) IS NOT TRUE OR person_2.id IS NOT (SELECT me.id
FROM me)) AND person_2._deleted_at IS NULL
ORDER BY person_2.nick, person_2.id
LIMIT 21 OFFSET 0) AS anon_2) AS scans
ORDER BY scans.nick, scans.id
LIMIT 21 OFFSET 0) AS page
ORDER BY page.nick, page.id;
