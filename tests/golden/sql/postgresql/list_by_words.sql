-- jobs: Job.search

-- page: binds f0_0, q, _actor
/* Job.search */ WITH hits AS MATERIALIZED
(SELECT 1 AS hit
FROM job AS job_1
WHERE job_1._deleted_at IS NULL AND ((job_1._title_words || job_1._body_words) @@ CAST(CAST($2 AS text) AS tsquery))),
counted AS
(SELECT count(*) <= 2000 AS few
FROM (SELECT hits.hit AS hit
FROM hits
LIMIT 2001) AS seen),
me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($3 AS text))
SELECT convert_to(('[' || coalesce(string_agg((SELECT CAST(row_to_json(o) AS text)
FROM (SELECT placed.id AS "id", placed.company_id AS "company_id", placed.title AS "title", placed.body AS "body", placed.city AS "city", placed.status AS "status", to_char(placed.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "created_at", to_char(placed.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updated_at") AS o), ','
ORDER BY placed._place) FILTER (WHERE placed._place < 21), '')) || ']', 'UTF8') AS c0, count(*) AS c1, max(CAST(json_build_array(to_char(placed.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), placed.id) AS TEXT)) FILTER (WHERE placed._place = 20) AS c2
FROM (SELECT page.id AS id, page.company_id AS company_id, page.title AS title, page.body AS body, page.city AS city, page.status AS status, page.created_at AS created_at, page.updated_at AS updated_at, page._version AS _version, page._deleted_at AS _deleted_at, row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS _place
FROM (SELECT scans.id AS id, scans.company_id AS company_id, scans.title AS title, scans.body AS body, scans.city AS city, scans.status AS status, scans.created_at AS created_at, scans.updated_at AS updated_at, scans._version AS _version, scans._deleted_at AS _deleted_at
FROM (SELECT anon_1.id AS id, anon_1.company_id AS company_id, anon_1.title AS title, anon_1.body AS body, anon_1.city AS city, anon_1.status AS status, anon_1.created_at AS created_at, anon_1.updated_at AS updated_at, anon_1._version AS _version, anon_1._deleted_at AS _deleted_at
FROM (SELECT found.id AS id, found.company_id AS company_id, found.title AS title, found.body AS body, found.city AS city, found.status AS status, found.created_at AS created_at, found.updated_at AS updated_at, found._version AS _version, found._deleted_at AS _deleted_at
FROM (SELECT job_2.id AS id, job_2.company_id AS company_id, job_2.title AS title, job_2.body AS body, job_2.city AS city, job_2.status AS status, job_2.created_at AS created_at, job_2.updated_at AS updated_at, job_2._version AS _version, job_2._deleted_at AS _deleted_at
FROM job AS job_2
WHERE job_2.city = CAST($1 AS text) AND job_2.status = 'open' AND job_2._deleted_at IS NULL AND ((job_2._title_words || job_2._body_words) @@ CAST(CAST($2 AS text) AS tsquery)) AND (SELECT counted.few
FROM counted)
LIMIT ALL OFFSET 0) AS found
ORDER BY found.created_at DESC, found.id DESC
LIMIT 21) AS anon_1
UNION ALL SELECT anon_2.id AS id, anon_2.company_id AS company_id, anon_2.title AS title, anon_2.body AS body, anon_2.city AS city, anon_2.status AS status, anon_2.created_at AS created_at, anon_2.updated_at AS updated_at, anon_2._version AS _version, anon_2._deleted_at AS _deleted_at
FROM (SELECT job_3.id AS id, job_3.company_id AS company_id, job_3.title AS title, job_3.body AS body, job_3.city AS city, job_3.status AS status, job_3.created_at AS created_at, job_3.updated_at AS updated_at, job_3._version AS _version, job_3._deleted_at AS _deleted_at
FROM job AS job_3
WHERE job_3.city = CAST($1 AS text) AND job_3.status = 'open' AND job_3._deleted_at IS NULL AND ((job_3._title_words || job_3._body_words) @@ CAST(CAST($2 AS text) AS tsquery)) AND NOT (SELECT counted.few
FROM counted)
ORDER BY job_3.created_at DESC, job_3.id DESC
LIMIT 21) AS anon_2
UNION ALL SELECT anon_3.id AS id, anon_3.company_id AS company_id, anon_3.title AS title, anon_3.body AS body, anon_3.city AS city, anon_3.status AS status, anon_3.created_at AS created_at, anon_3.updated_at AS updated_at, anon_3._version AS _version, anon_3._deleted_at AS _deleted_at
FROM (SELECT found.id AS id, found.company_id AS company_id, found.title AS title, found.body AS body, found.city AS city, found.status AS status, found.created_at AS created_at, found.updated_at AS updated_at, found._version AS _version, found._deleted_at AS _deleted_at
FROM (SELECT job_4.id AS id, job_4.company_id AS company_id, job_4.title AS title, job_4.body AS body, job_4.city AS city, job_4.status AS status, job_4.created_at AS created_at, job_4.updated_at AS updated_at, job_4._version AS _version, job_4._deleted_at AS _deleted_at
FROM job AS job_4
WHERE job_4.city = CAST($1 AS text) AND (SELECT me.id
FROM me) IS NOT NULL AND job_4.company_id = any(ARRAY(SELECT membership_5.company_id
FROM membership AS membership_5
WHERE membership_5.user_id = (SELECT me.id
FROM me) AND membership_5.role = 'recruiter')) AND job_4.status != 'open' AND job_4._deleted_at IS NULL AND ((job_4._title_words || job_4._body_words) @@ CAST(CAST($2 AS text) AS tsquery)) AND (SELECT counted.few
FROM counted)
LIMIT ALL OFFSET 0) AS found
ORDER BY found.created_at DESC, found.id DESC
LIMIT 21) AS anon_3
UNION ALL SELECT anon_4.id AS id, anon_4.company_id AS company_id, anon_4.title AS title, anon_4.body AS body, anon_4.city AS city, anon_4.status AS status, anon_4.created_at AS created_at, anon_4.updated_at AS updated_at, anon_4._version AS _version, anon_4._deleted_at AS _deleted_at
FROM (SELECT job_6.id AS id, job_6.company_id AS company_id, job_6.title AS title, job_6.body AS body, job_6.city AS city, job_6.status AS status, job_6.created_at AS created_at, job_6.updated_at AS updated_at, job_6._version AS _version, job_6._deleted_at AS _deleted_at
FROM job AS job_6
WHERE job_6.city = CAST($1 AS text) AND (SELECT me.id
FROM me) IS NOT NULL AND job_6.company_id = any(ARRAY(SELECT membership_7.company_id
FROM membership AS membership_7
WHERE membership_7.user_id = (SELECT me.id
FROM me) AND membership_7.role = 'recruiter')) AND job_6.status != 'open' AND job_6._deleted_at IS NULL AND ((job_6._title_words || job_6._body_words) @@ CAST(CAST($2 AS text) AS tsquery)) AND NOT (SELECT counted.few
FROM counted)
ORDER BY job_6.created_at DESC, job_6.id DESC
LIMIT 21) AS anon_4) AS scans
ORDER BY scans.created_at DESC, scans.id DESC
LIMIT 21) AS page) AS placed;

-- count: binds f0_0, _actor, q
/* Job.search count */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM "user" AS actor_row
WHERE actor_row.subject = CAST($2 AS text))
SELECT count(*) AS count_1
FROM job AS job_1
WHERE job_1.city = CAST($1 AS text) AND (job_1.status = 'open' OR (SELECT me.id
FROM me) IS NOT NULL AND job_1.company_id = any(ARRAY(SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND membership_2.role = 'recruiter'))) AND job_1._deleted_at IS NULL AND ((job_1._title_words || job_1._body_words) @@ CAST(CAST($3 AS text) AS tsquery));
