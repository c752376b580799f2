// What I applied for, and what became of it.

import { ask } from "./api.js";
import { state } from "./job.js";
import { date, el, form, say } from "./page.js";
import { current, myId, token } from "./people.js";

export async function showApplications() {
  const title = el("h1", {}, "My applications");
  if (!current()) return [title, el("p", {}, "Say who you are, or register, to see them.")];
  const query = { candidate_id: await myId(), include: "job.company", page_size: "100" };
  const { items } = await ask("/applications", { token: await token(), query });
  if (!items.length) return [title, el("p", {}, "You have not applied yet. ", el("a", { href: "#/" }, "Find a job"), ".")];
  return [title, el("ul", { class: "rows" }, items.map(row))];
}

function row(application) {
  const { job } = application;
  const name = job?.title ?? "A job that is no longer shown";
  return el("li", {},
    el("h2", { class: "title" }, job ? el("a", { href: `#/jobs/${job.id}` }, name) : name),
    el("p", { class: "quiet" }, job?.company?.name ?? "", " · ", date(application.created_at), " · ", state(application.status)),
    form({}, async () => {
      await ask(`/applications/${application.id}`, { method: "DELETE", token: await token() });
      say("Your application is withdrawn.");
      dispatchEvent(new Event("changed"));
    }, el("button", { "aria-label": `Withdraw from ${name}` }, "Withdraw")));
}
