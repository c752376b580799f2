-- jobs: Job.search

-- page: binds nothing
/* Job.search */ SELECT convert_to(('[' || coalesce(string_agg((SELECT CAST(row_to_json(o) AS text)
FROM (SELECT placed.id AS "id", placed.company_id AS "company_id", placed.title AS "title", placed.body AS "body", placed.city AS "city", placed.status AS "status", to_char(placed.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "created_at", to_char(placed.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updated_at") AS o), ','
ORDER BY placed._place) FILTER (WHERE placed._place < 21), '')) || ']', 'UTF8') AS c0, count(*) AS c1, max(CAST(json_build_array(to_char(placed.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), placed.id) AS TEXT)) FILTER (WHERE placed._place = 20) AS c2
FROM (SELECT page.id AS id, page.company_id AS company_id, page.title AS title, page.body AS body, page.city AS city, page.status AS status, page.created_at AS created_at, page.updated_at AS updated_at, page._version AS _version, page._deleted_at AS _deleted_at, row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS _place
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE job_1.status = 'open' AND job_1._deleted_at IS NULL
ORDER BY job_1.created_at DESC, job_1.id DESC
LIMIT 21) AS page) AS placed;
