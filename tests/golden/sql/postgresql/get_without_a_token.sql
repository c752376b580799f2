-- jobs: Job.get

-- page: binds id
/* Job.get */ SELECT convert_to((SELECT CAST(row_to_json(o) AS text)
FROM (SELECT page.id AS "id", page.company_id AS "company_id", page.title AS "title", page.body AS "body", page.city AS "city", page.status AS "status", to_char(page.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "created_at", to_char(page.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updated_at") AS o), 'UTF8') AS c0, page.id AS c1, page._version AS c2
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE job_1.id = CAST($1 AS uuid) AND job_1.status = 'open' AND job_1._deleted_at IS NULL) AS page;
