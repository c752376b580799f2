-- guild: Person.paid

-- page: binds _actor
/* Person.paid */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.nick AS nick, actor_row.rank AS rank, actor_row.banned AS banned, actor_row.mentor_id AS mentor_id, actor_row.phone AS phone, actor_row._phone_bidx AS _phone_bidx, actor_row.salary AS salary, actor_row.motto AS motto, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version, actor_row._deleted_at AS _deleted_at
FROM person AS actor_row
WHERE actor_row.subject = ? AND actor_row._deleted_at IS NULL)
SELECT person_1.rank AS c0, count(*) AS c1, sum((CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) >> 32) AS c2, sum((CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) & 4294967295) AS c3, count(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) AS c4, sum((CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) >> 32) AS c5, sum((CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) & 4294967295) AS c6, count(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) AS c7, max(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND likelihood((SELECT me.rank
FROM me) = 'master', 0.500) AND (SELECT me.banned
FROM me) IS NOT TRUE) THEN person_1.salary END) AS c8
FROM person AS person_1
WHERE (SELECT me.id
FROM me) IS NOT NULL AND ((SELECT me.id
FROM me) IS NOT NULL AND person_1.id = (SELECT me.id
FROM me) OR person_1.banned IS NOT TRUE) AND person_1._deleted_at IS NULL GROUP BY person_1.rank
ORDER BY person_1.rank
LIMIT 21 OFFSET 0;
