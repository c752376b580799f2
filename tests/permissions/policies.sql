-- The permissions of the example, written by hand as PostgreSQL row-level security: a second opinion that shares nothing with ours.
-- Facts are read by functions that run as the tables' owner, so that no policy applies inside another.

CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT id FROM "user" WHERE subject = nullif(current_setting('app.subject', true), '') $$;

CREATE FUNCTION works_at(company uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT EXISTS (SELECT FROM membership m WHERE m.company_id = company AND m.user_id = me()) $$;

CREATE FUNCTION recruits_at(company uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT EXISTS (SELECT FROM membership m WHERE m.company_id = company AND m.user_id = me() AND m.role = 'recruiter') $$;

CREATE FUNCTION has_open_job(company uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT EXISTS (SELECT FROM job j WHERE j.company_id = company AND j.status = 'open' AND j._deleted_at IS NULL) $$;

CREATE FUNCTION company_of(job uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT j.company_id FROM job j WHERE j.id = job $$;

CREATE FUNCTION reviews(candidate uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT EXISTS (SELECT FROM application a WHERE a.candidate_id = candidate AND recruits_at(company_of(a.job_id))) $$;

CREATE FUNCTION shows(job uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT EXISTS (SELECT FROM job j WHERE j.id = job AND (j.status = 'open' OR recruits_at(j.company_id))) $$;

ALTER TABLE "user" ENABLE ROW LEVEL SECURITY;
ALTER TABLE company ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_skill ENABLE ROW LEVEL SECURITY;
ALTER TABLE application ENABLE ROW LEVEL SECURITY;

CREATE POLICY readers ON "user" FOR SELECT USING (id = me() OR reviews(id));
CREATE POLICY readers ON company FOR SELECT USING (works_at(id) OR has_open_job(id));
CREATE POLICY readers ON membership FOR SELECT USING (works_at(company_id));
CREATE POLICY readers ON job FOR SELECT USING (_deleted_at IS NULL AND (status = 'open' OR recruits_at(company_id)));
CREATE POLICY readers ON job_skill FOR SELECT USING (shows(job_id));
CREATE POLICY readers ON application FOR SELECT USING (candidate_id = me() OR recruits_at(company_of(job_id)));
