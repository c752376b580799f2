-- jobs: Job.search

-- page: binds _actor, f0_0, f1_0, f0_0, f1_0
/* Job.search */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT page.id AS c0, page.company_id AS c1, page.title AS c2, page.body AS c3, page.city AS c4, page.status AS c5, page.created_at AS c6, page.updated_at AS c7
FROM (SELECT scans.id AS id, scans.company_id AS company_id, scans.title AS title, scans.body AS body, scans.city AS city, scans.status AS status, scans.created_at AS created_at, scans.updated_at AS updated_at, scans._version AS _version, scans._deleted_at AS _deleted_at
FROM (SELECT anon_1.id AS id, anon_1.company_id AS company_id, anon_1.title AS title, anon_1.body AS body, anon_1.city AS city, anon_1.status AS status, anon_1.created_at AS created_at, anon_1.updated_at AS updated_at, anon_1._version AS _version, anon_1._deleted_at AS _deleted_at
FROM (SELECT job_1.id AS id, job_1.company_id AS company_id, job_1.title AS title, job_1.body AS body, job_1.city AS city, job_1.status AS status, job_1.created_at AS created_at, job_1.updated_at AS updated_at, job_1._version AS _version, job_1._deleted_at AS _deleted_at
FROM job AS job_1
WHERE (EXISTS (SELECT 1
FROM job_skill AS jobskill_2
WHERE jobskill_2.job_id = job_1.id AND (likelihood((SELECT job_3.status
FROM job AS job_3
WHERE job_3.id = jobskill_2.job_id) = 'open', 0.333) OR (SELECT me.id
FROM me) IS NOT NULL AND jobskill_2._tenant IN (SELECT membership_4.company_id
FROM membership AS membership_4
WHERE membership_4.user_id = (SELECT me.id
FROM me) AND likelihood(membership_4.role = 'recruiter', 0.500))) AND jobskill_2.skill_id = ?)) AND job_1.city = ? AND likelihood(job_1.status = 'open', 0.333) AND job_1._deleted_at IS NULL
ORDER BY job_1.created_at DESC, job_1.id DESC
LIMIT 21 OFFSET 0) AS anon_1
UNION ALL SELECT anon_2.id AS id, anon_2.company_id AS company_id, anon_2.title AS title, anon_2.body AS body, anon_2.city AS city, anon_2.status AS status, anon_2.created_at AS created_at, anon_2.updated_at AS updated_at, anon_2._version AS _version, anon_2._deleted_at AS _deleted_at
FROM (SELECT job_5.id AS id, job_5.company_id AS company_id, job_5.title AS title, job_5.body AS body, job_5.city AS city, job_5.status AS status, job_5.created_at AS created_at, job_5.updated_at AS updated_at, job_5._version AS _version, job_5._deleted_at AS _deleted_at
FROM job AS job_5
WHERE (EXISTS (SELECT 1
FROM job_skill AS jobskill_6
WHERE jobskill_6.job_id = job_5.id AND (likelihood((SELECT job_7.status
FROM job AS job_7
WHERE job_7.id = jobskill_6.job_id) = 'open', 0.333) OR (SELECT me.id
FROM me) IS NOT NULL AND jobskill_6._tenant IN (SELECT membership_8.company_id
FROM membership AS membership_8
WHERE membership_8.user_id = (SELECT me.id
FROM me) AND likelihood(membership_8.role = 'recruiter', 0.500))) AND jobskill_6.skill_id = ?)) AND job_5.city = ? AND (SELECT me.id
FROM me) IS NOT NULL AND job_5.company_id IN (SELECT membership_9.company_id
FROM membership AS membership_9
WHERE membership_9.user_id = (SELECT me.id
FROM me) AND likelihood(membership_9.role = 'recruiter', 0.500)) AND job_5.status != 'open' AND job_5._deleted_at IS NULL
ORDER BY job_5.created_at DESC, job_5.id DESC
LIMIT 21 OFFSET 0) AS anon_2) AS scans
ORDER BY scans.created_at DESC, scans.id DESC
LIMIT 21 OFFSET 0) AS page
ORDER BY page.created_at DESC, page.id DESC;
