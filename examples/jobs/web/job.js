// One job: read it, apply for it; its recruiters publish it and decide.

import { ask } from "./api.js";
import { date, el, field, form, say } from "./page.js";
import { current, myId, token } from "./people.js";
import { skillList } from "./search.js";

const INCLUDED = { include: "company,skills.skill,applications.candidate", "applications.page_size": "50", "skills.page_size": "20" };

export async function showJob(id) {
  const job = await ask(`/jobs/${id}`, { token: await token(), query: INCLUDED });
  const me = current() ? await myId() : "";
  // Who may not read the notes of an application has none: that is how a recruiter is told from a candidate.
  const decided = job.applications.filter((each) => "note" in each);
  const own = job.applications.find((each) => each.candidate_id === me && !("note" in each));
  return [
    el("h1", {}, job.title),
    el("p", { class: "quiet" }, job.company?.name ?? "", " · ", job.city, " · ", date(job.created_at), " · ", state(job.status)),
    el("p", { class: "text" }, job.body),
    skillList(job),
    job.status === "draft" ? publishing(job) : null,
    own ? el("p", { role: "note" }, "You applied on ", date(own.created_at), ": ", state(own.status), ".") : null,
    job.status === "open" && !own && !decided.length ? applying(job) : null,
    decided.length ? [el("h2", {}, "Applications"), el("ul", { class: "rows" }, decided.map((each) => review(each)))] : null,
  ].flat();
}

export function state(status) {
  return el("span", { class: `state ${status}` }, status);
}

function changed(text) {
  say(text);
  dispatchEvent(new Event("changed"));
}

function applying(job) {
  if (!current()) return el("p", {}, "Say who you are, or register, to apply.");
  return [el("h2", {}, "Apply"), form({ class: "stack" }, async ({ letter }) => {
    await ask(`/jobs/${job.id}/apply`, { method: "POST", body: { letter }, token: await token() });
    changed("Your application is sent.");
  },
  field("Your letter", el("textarea", { name: "letter", required: true, maxlength: "20000" })),
  el("div", { class: "buttons" }, el("button", { class: "main" }, "Apply")))];
}

function publishing(job) {
  return form({}, async () => {
    await ask(`/jobs/${job.id}/publish`, { method: "POST", token: await token() });
    changed("The job is open.");
  }, el("div", { class: "buttons" }, el("button", { class: "main" }, "Publish")));
}

/** An application as whoever decides it reads it. */
export function review(application, about = null) {
  const name = application.candidate?.name ?? "A candidate";
  const open = application.status === "submitted";
  return el("li", {},
    el("h3", {}, name, " ", state(application.status)),
    about,
    el("p", { class: "text" }, application.letter),
    application.note ? el("p", { class: "quiet text" }, `Note: ${application.note}`) : null,
    open ? deciding(application, name) : null);
}

function deciding(application, name) {
  return form({ class: "stack" }, async ({ outcome, note }) => {
    await ask(`/applications/${application.id}/decide`, { method: "POST", body: { outcome, note }, token: await token() });
    changed(`${name} is ${outcome}.`);
  },
  field("Note, for recruiters only", el("input", { name: "note", maxlength: "2000" })),
  el("div", { class: "buttons" },
    el("button", { class: "main", name: "outcome", value: "shortlisted", "aria-label": `Shortlist ${name}` }, "Shortlist"),
    el("button", { name: "outcome", value: "rejected", "aria-label": `Reject ${name}` }, "Reject")));
}
