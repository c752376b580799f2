-- jobs: Application.get

-- page: binds _actor, id
/* Application.get */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page._tenant IN (SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me) AND likelihood(membership_3.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) AS c0, page.id AS c1, page.job_id AS c2, page.candidate_id AS c3, page.letter AS c4, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND page._tenant IN (SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me) AND likelihood(membership_3.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) = 1) THEN page.note END AS c5, page.status AS c6, page.created_at AS c7, page.updated_at AS c8, (SELECT ((((((((((((((('{"id":' || json_quote(job_4.id)) || ',"company_id":') || json_quote(job_4.company_id)) || ',"title":') || json_quote(job_4.title)) || ',"body":') || json_quote(job_4.body)) || ',"city":') || json_quote(job_4.city)) || ',"status":') || json_quote(job_4.status)) || ',"created_at":') || json_quote(job_4.created_at)) || ',"updated_at":') || json_quote(job_4.updated_at)) || '}' AS anon_1
FROM job AS job_4
WHERE (likelihood(job_4.status = 'open', 0.333) OR (SELECT me.id
FROM me) IS NOT NULL AND job_4.company_id IN (SELECT membership_5.company_id
FROM membership AS membership_5
WHERE membership_5.user_id = (SELECT me.id
FROM me) AND likelihood(membership_5.role = 'recruiter', 0.500))) AND job_4._deleted_at IS NULL AND job_4.id = page.job_id) AS c9, (SELECT json_array(hex(user_6.name), user_6.id) AS json_array_1
FROM user AS user_6
WHERE ((SELECT me.id
FROM me) IS NOT NULL AND user_6.id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND (EXISTS (SELECT 1
FROM application AS application_7
WHERE application_7.candidate_id = user_6.id AND (SELECT me.id
FROM me) IS NOT NULL AND application_7._tenant IN (SELECT membership_8.company_id
FROM membership AS membership_8
WHERE membership_8.user_id = (SELECT me.id
FROM me) AND likelihood(membership_8.role = 'recruiter', 0.500))))) AND user_6.id = page.candidate_id) AS c10, page._tenant AS c11
FROM (SELECT application_1.id AS id, application_1.job_id AS job_id, application_1.candidate_id AS candidate_id, application_1.letter AS letter, application_1.note AS note, application_1.status AS status, application_1.created_at AS created_at, application_1.updated_at AS updated_at, application_1._tenant AS _tenant, application_1._version AS _version
FROM application AS application_1
WHERE application_1.id = ? AND ((SELECT me.id
FROM me) IS NOT NULL AND application_1.candidate_id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND likelihood(membership_2.role = 'recruiter', 0.500)))) AS page;
