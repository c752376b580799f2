-- jobs: Job.get

-- page: binds _actor, id
/* Job.get */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT page.title AS c0, page.id AS c1, page._version AS c2
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE job_1.id = ? AND (likelihood(job_1.status = 'open', 0.333) OR (SELECT me.id
FROM me) IS NOT NULL AND job_1.company_id IN (SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND likelihood(membership_2.role = 'recruiter', 0.500))) AND job_1._deleted_at IS NULL) AS page;
