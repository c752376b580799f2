-- jobs: Job.search

-- page: binds nothing
/* Job.search */ SELECT page.id AS c0, page.company_id AS c1, page.title AS c2, page.body AS c3, page.city AS c4, page.status AS c5, page.created_at AS c6, page.updated_at AS c7
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE likelihood(job_1.status = 'open', 0.333) AND job_1._deleted_at IS NULL
ORDER BY job_1.created_at DESC, job_1.id DESC
LIMIT 21 OFFSET 0) AS page
ORDER BY page.created_at DESC, page.id DESC;
