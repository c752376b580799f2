// Find a job: by words, city and skill, newest first, page by page.

import { ask } from "./api.js";
import { date, el, field, form } from "./page.js";
import { token } from "./people.js";

const INCLUDED = { include: "company,skills.skill", "skills.page_size": "12" };
let skills;

/** Every skill, by name; asked for once. */
export async function allSkills() {
  skills ??= ask("/skills", { query: { page_size: "100" } }).then((answer) => answer.items);
  return skills;
}

export async function showSearch() {
  const asked = Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? ""));
  const rows = el("ul", { class: "rows" });
  const count = el("p", { class: "quiet", role: "status" });
  const more = el("button", { type: "button", hidden: true, onclick: () => next() }, "More jobs");
  let page = "";
  async function next() {
    const query = { status: "open", q: asked.q, city: asked.city, "skills.skill_id": asked.skill, ...INCLUDED, page_token: page };
    const answer = await ask("/jobs", { token: await token(), query: { ...query, count: page ? "" : "true" } });
    if (!page) count.textContent = told(answer.count);
    const items = answer.items.map(card);
    rows.append(...items);
    if (page) items[0]?.querySelector("a").focus();
    page = answer.next_page_token;
    more.hidden = !page;
  }
  await next();
  return [el("h1", {}, "Find a job"), await searchForm(asked), count, rows, more];
}

async function searchForm(asked) {
  const chosen = (await allSkills()).map((each) => el("option", { value: each.id, selected: each.id === asked.skill }, each.name));
  return form({ class: "search", role: "search" }, async (values) => {
    const given = Object.entries(values).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
    const address = given.length ? `#/?${new URLSearchParams(given)}` : "#/";
    address === location.hash ? dispatchEvent(new Event("changed")) : (location.hash = address);
  },
  field("Words", el("input", { name: "q", type: "search", value: asked.q ?? "", maxlength: "200", autocomplete: "off" })),
  field("City", el("input", { name: "city", value: asked.city ?? "", maxlength: "80" })),
  field("Skill", el("select", { name: "skill" }, el("option", { value: "" }, "any"), chosen)),
  el("button", { class: "main" }, "Search"));
}

function told(count) {
  return count === 0 ? "No open job is like that." : `${count.toLocaleString()} open ${count === 1 ? "job" : "jobs"}`;
}

function card(job) {
  return el("li", {},
    el("h2", { class: "title" }, el("a", { href: `#/jobs/${job.id}` }, job.title)),
    el("p", { class: "quiet" }, job.company?.name ?? "", " · ", job.city, " · ", date(job.created_at)),
    skillList(job));
}

/** The skills that *job* asks for, each a way to more such jobs. */
export function skillList(job) {
  const names = (job.skills ?? []).filter((each) => each.skill).map(({ skill }) => skill);
  return names.length ? el("ul", { class: "skills", "aria-label": "Skills" },
    names.map((skill) => el("li", {}, el("a", { href: `#/?skill=${skill.id}` }, skill.name)))) : null;
}
