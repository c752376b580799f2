-- jobs: Application.history

-- page: binds _actor, id
/* Application.history */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT then_row._version AS h0, then_row.updated_at AS h1, coalesce(then_row._change, CASE WHEN (then_row._version = 1) THEN 'create' ELSE 'update' END) AS h2, then_row._by AS h3, coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND then_row._tenant IN (SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND likelihood(membership_2.role = 'recruiter', 0.500)) AND (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me) AND likelihood(membership_3.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) AS c0, then_row.id AS c1, then_row.job_id AS c2, then_row.candidate_id AS c3, then_row.letter AS c4, CASE WHEN (coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND then_row._tenant IN (SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND likelihood(membership_2.role = 'recruiter', 0.500)) AND (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me) AND likelihood(membership_3.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) = 1) THEN then_row.note END AS c5, then_row.status AS c6, then_row.created_at AS c7, then_row.updated_at AS c8, then_row._tenant AS c9
FROM application AS application_1 JOIN application_history AS then_row ON then_row.id = application_1.id
WHERE application_1.id = ? AND ((SELECT me.id
FROM me) IS NOT NULL AND application_1.candidate_id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_4.company_id
FROM membership AS membership_4
WHERE membership_4.user_id = (SELECT me.id
FROM me) AND likelihood(membership_4.role = 'recruiter', 0.500))) AND (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_5.company_id
FROM membership AS membership_5
WHERE membership_5.user_id = (SELECT me.id
FROM me) AND likelihood(membership_5.role = 'recruiter', 0.500)) AND ((SELECT me.id
FROM me) IS NOT NULL AND then_row.candidate_id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND then_row._tenant IN (SELECT membership_6.company_id
FROM membership AS membership_6
WHERE membership_6.user_id = (SELECT me.id
FROM me) AND likelihood(membership_6.role = 'recruiter', 0.500))) AND (SELECT me.id
FROM me) IS NOT NULL AND then_row._tenant IN (SELECT membership_7.company_id
FROM membership AS membership_7
WHERE membership_7.user_id = (SELECT me.id
FROM me) AND likelihood(membership_7.role = 'recruiter', 0.500))
ORDER BY then_row._version DESC
LIMIT 6 OFFSET 0;

-- judge: binds _actor, id
/* Application.history */ WITH me AS
(SELECT actor_row.id AS id, actor_row.subject AS subject, actor_row.name AS name, actor_row.email AS email, actor_row._email_bidx AS _email_bidx, actor_row.created_at AS created_at, actor_row.updated_at AS updated_at, actor_row._version AS _version
FROM user AS actor_row
WHERE actor_row.subject = ?)
SELECT coalesce(CASE WHEN ((SELECT me.id
FROM me) IS NOT NULL AND application_1.candidate_id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_2.company_id
FROM membership AS membership_2
WHERE membership_2.user_id = (SELECT me.id
FROM me) AND likelihood(membership_2.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) AS there, coalesce(CASE WHEN (((SELECT me.id
FROM me) IS NOT NULL AND application_1.candidate_id = (SELECT me.id
FROM me) OR (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_3.company_id
FROM membership AS membership_3
WHERE membership_3.user_id = (SELECT me.id
FROM me) AND likelihood(membership_3.role = 'recruiter', 0.500))) AND (SELECT me.id
FROM me) IS NOT NULL AND application_1._tenant IN (SELECT membership_4.company_id
FROM membership AS membership_4
WHERE membership_4.user_id = (SELECT me.id
FROM me) AND likelihood(membership_4.role = 'recruiter', 0.500))) THEN 1 ELSE 0 END, 0) AS may
FROM application AS application_1
WHERE application_1.id = ?;
