-- jobs: Job.create

-- judge: binds _actor, id, company_id, title, body, city, status, _now
/* Job.create */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($1 AS text))
SELECT 1 AS v0, coalesce((SELECT me.id
FROM me) IS NOT NULL AND "new".company_id = any(ARRAY(SELECT membership_1.company_id
FROM membership AS membership_1
WHERE membership_1.user_id = (SELECT me.id
FROM me) AND membership_1.role = 'recruiter')), false) AS v1, 0 AS v2, "new".company_id AS v3, coalesce(EXISTS (SELECT 1
FROM company AS company_2
WHERE company_2.id = "new".company_id AND ((SELECT me.id
FROM me) IS NOT NULL AND company_2.id = any(ARRAY(SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me))) OR (EXISTS (SELECT 1
FROM job AS job_4
WHERE job_4.company_id = company_2.id AND job_4.status = 'open' AND job_4._deleted_at IS NULL)))), false) AS v4
FROM (SELECT CAST($2 AS uuid) AS id, CAST($3 AS uuid) AS company_id, CAST($4 AS text) AS title, CAST($5 AS text) AS body, CAST($6 AS text) AS city, CAST($7 AS text) AS status, CAST(CAST($8 AS text) AS timestamptz) AS created_at, CAST(CAST($8 AS text) AS timestamptz) AS updated_at, CAST(NULL AS bigint) AS _version, CAST(NULL AS timestamptz) AS _deleted_at) AS "new";

-- write: binds id, company_id, title, body, city, status, _now, title, body
/* Job.create */ INSERT INTO job (id, company_id, title, body, city, status, created_at, updated_at, _version, _title_words, _body_words)
VALUES (CAST($1 AS uuid), CAST($2 AS uuid), CAST($3 AS text), CAST($4 AS text), CAST($5 AS text), CAST($6 AS text), CAST(CAST($7 AS text) AS timestamptz), CAST(CAST($7 AS text) AS timestamptz), 1, array_to_tsvector(coalesce(CAST($8 AS text[]), CAST('{}' AS text[]))), array_to_tsvector(coalesce(CAST($9 AS text[]), CAST('{}' AS text[]))))
RETURNING job.id;

-- page: binds id, _actor
/* Job.create */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($2 AS text))
SELECT convert_to((SELECT CAST(row_to_json(o) AS text)
FROM (SELECT page.id AS "id", page.company_id AS "company_id", page.title AS "title", page.body AS "body", page.city AS "city", page.status AS "status", to_char(page.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "created_at", to_char(page.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updated_at") AS o), 'UTF8') AS c0, page.id AS c1, page._version AS c2
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE job_1.id = CAST($1 AS uuid) AND (job_1.status = 'open' OR (SELECT me.id
FROM me) IS NOT NULL AND job_1.company_id = any(ARRAY(SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND membership_2.role = 'recruiter'))) AND job_1._deleted_at IS NULL) AS page;
