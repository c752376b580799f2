// For recruiters: what waits for a decision, one's companies and their jobs, and a new one of either.

import { ask } from "./api.js";
import { review, state } from "./job.js";
import { el, field, form, say } from "./page.js";
import { current, myId, token } from "./people.js";
import { allSkills } from "./search.js";

export async function showRecruiting() {
  const title = el("h1", {}, "Recruiting");
  if (!current()) return [title, el("p", {}, "Say who you are, or register, to recruit.")];
  const mine = { token: await token(), query: { user_id: await myId(), include: "company", page_size: "50" } };
  const companies = (await ask("/memberships", mine)).items.filter((each) => each.role === "recruiter").map((each) => each.company);
  return [
    title,
    companies.length ? await waiting() : null,
    ...(await Promise.all(companies.map(jobsOf))).flat(),
    companies.length ? await posting(companies) : null,
    founding(),
  ].flat();
}

async function waiting() {
  const query = { status: "submitted", include: "candidate,job", page_size: "20" };
  const { items } = await ask("/applications", { token: await token(), query });
  const open = items.filter((each) => "note" in each);   // their own applications have no note that they may read
  if (!open.length) return [];
  return [el("h2", {}, "Waiting for you"), el("ul", { class: "rows" }, open.map((each) => review(each, about(each.job))))];
}

function about(job) {
  return job ? el("p", { class: "quiet" }, "for ", el("a", { href: `#/jobs/${job.id}` }, `${job.title}, ${job.city}`)) : null;
}

async function jobsOf(company) {
  const query = { company_id: company.id, page_size: "10", fields: "id,title,city,status" };
  const { items } = await ask("/jobs", { token: await token(), query });
  const rows = items.map((job) => el("li", {}, el("a", { href: `#/jobs/${job.id}` }, job.title), ` · ${job.city} · `, state(job.status)));
  return [el("h2", {}, company.name), items.length ? el("ul", {}, rows) : el("p", { class: "quiet" }, "No jobs yet.")];
}

async function posting(companies) {
  const known = (await allSkills()).map((each) => el("option", { value: each.id }, each.name));
  return [el("h2", {}, "Post a job"), form({ class: "stack" }, async ({ skill, ...job }) => {
    const made = await ask("/jobs", { method: "POST", body: job, token: await token() });
    if (skill) await ask("/job-skills", { method: "POST", body: { job_id: made.id, skill_id: skill }, token: await token() });
    say("The job is a draft now; publish it when it is ready.");
    location.hash = `#/jobs/${made.id}`;
  },
  field("Company", el("select", { name: "company_id" }, companies.map((each) => el("option", { value: each.id }, each.name)))),
  field("Title", el("input", { name: "title", required: true, maxlength: "140" })),
  field("City", el("input", { name: "city", required: true, maxlength: "80" })),
  field("What it is about", el("textarea", { name: "body", required: true, maxlength: "20000" })),
  field("Skill it asks for", el("select", { name: "skill" }, el("option", { value: "" }, "none in particular"), known)),
  el("div", { class: "buttons" }, el("button", { class: "main" }, "Save as a draft")))];
}

function founding() {
  return [el("h2", {}, "Found a company"), form({ class: "stack" }, async ({ name }) => {
    await ask("/companies/found", { method: "POST", body: { name }, token: await token() });
    say(`${name} is yours to recruit for.`);
    dispatchEvent(new Event("changed"));
  },
  field("Name", el("input", { name: "name", required: true, maxlength: "120" })),
  el("div", { class: "buttons" }, el("button", {}, "Found")))];
}
