// Shows what /_dev/requests tells, and asks it again every second. Everything is put in as text: nothing of it becomes markup.

const EVERY_MS = 1000;
const KEPT = 200;
const BASE = new URL("_dev/requests", document.baseURI);
const at = (id) => document.getElementById(id);
const state = { requests: [], newest: 0, paused: false, chosen: "" };

/** Make an element: make("p", {class: "quiet"}, "text", child, ...). */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

async function get(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status === 404 ? "It is no longer kept: only the last 200 are." : `answered ${answer.status}`);
  return answer.json();
}

// -- the list

async function refresh() {
  if (state.paused || document.hidden) return;
  try {
    const told = await get(`${BASE}?after=${state.newest}`);
    at("service").textContent = told.service;
    if (told.newest < state.newest) state.newest = 0; // another process counts from one
    else if (told.requests.length) take(told.requests);
    else at("said").textContent = state.requests.length ? counted() : "Waiting for a request.";
  } catch (error) {
    at("said").textContent = `The service does not answer (${error.message}); asking again.`;
  }
}

function take(requests) {
  const known = new Set(requests.map((each) => each.id));
  state.requests = [...requests, ...state.requests.filter((each) => !known.has(each.id))].slice(0, KEPT);
  state.newest = requests[0].number;
  show();
}

function shown() {
  const wanted = at("operation").value.trim().toLowerCase();
  const status = at("status").value;
  return state.requests.filter((each) => each.operation.toLowerCase().includes(wanted) && String(each.status).startsWith(status));
}

const counted = () => `${shown().length} of ${state.requests.length} shown${state.paused ? ", paused" : ""}.`;

function show() {
  const focused = document.activeElement?.dataset?.request;
  at("requests").replaceChildren(...shown().map(row));
  at("said").textContent = counted();
  if (focused) document.querySelector(`a[data-request="${CSS.escape(focused)}"]`)?.focus();
}

function row(each) {
  const link = make("a", { href: `#${each.id}`, "data-request": each.id }, each.operation || "(no operation)");
  const cells = [
    make("td", {}, new Date(each.at).toLocaleTimeString()),
    make("td", {}, link),
    make("td", { class: `s${String(each.status)[0]}` }, String(each.status)),
    make("td", {}, each.code ? `${each.outcome} ${each.code}` : each.outcome),
    make("td", {}, each.actor || "unknown"),
    number(each.ms.toFixed(1)),
    number(`${each.statements} · ${each.sql_ms.toFixed(1)}`),
    number(each.rows),
  ];
  return make("tr", each.id === state.chosen ? { "aria-current": "true" } : {}, ...cells);
}

const number = (value) => make("td", { class: "number" }, String(value));

// -- one request

async function choose() {
  state.chosen = decodeURIComponent(location.hash.slice(1));
  if (!state.chosen || at(state.chosen)) return;
  show();
  try {
    at("told").replaceChildren(...detail(await get(`${BASE}/${encodeURIComponent(state.chosen)}`)));
  } catch (error) {
    at("told").replaceChildren(make("p", {}, error.message));
  }
}

function detail(one) {
  return [
    facts({
      Id: one.id, Time: one.at, Operation: one.operation || "none was found", Door: one.door, Caller: one.actor || "unknown",
      Status: `${one.status} ${one.outcome} ${one.code}`, Took: `${one.ms} ms, ${one.sql_ms} ms of it in ${one.statements} statements`, Rows: one.rows,
    }),
    ...one.plans.flatMap(plan),
    make("h3", {}, "Statements"),
    ...(one.steps.length ? one.steps.flatMap(step) : [make("p", { class: "quiet" }, "None was run.")]),
    one.more_steps ? make("p", {}, `and ${one.more_steps} more`) : "",
  ].filter((part) => part !== "");
}

function facts(pairs) {
  const told = Object.entries(pairs).filter(([, value]) => value !== "" && value !== null);
  return make("dl", {}, ...told.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]));
}

function plan(each) {
  const list = (values) => values.join(", ");
  return [
    make("h3", {}, `Plan of ${each.operation}`),
    facts({
      Answers: each.members.length ? list(each.members) : "all members the caller may see", With: each.tree.join("; "), Filters: list(each.filters),
      Sorted: list(each.sort), Page: each.page ? `${each.page} rows${each.goes_on ? ", goes on after another" : ""}` : "", Writes: list(each.given),
    }),
    make("h3", {}, "Ways in"),
    make(
      "table", {},
      make("thead", {}, make("tr", {}, ...["To", "As", "When"].map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...each.ways.map(way)),
    ),
  ];
}

function way(each) {
  const when = each.open ? each.condition : `never for this kind of caller (${each.condition})`;
  return make("tr", {}, make("td", {}, each.to), make("td", {}, each.role), make("td", { class: "wide" }, when));
}

function step(each, place) {
  const ended = each.failed ? each.failed : each.rows === null ? "" : `${each.rows} rows`;
  return [make("p", { class: "quiet" }, `${place + 1}. ${each.ms} ms ${ended}`), make("pre", {}, each.sql)];
}

// -- what the reader does

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...document.querySelectorAll("a[data-request]")];
  const place = links.indexOf(document.activeElement);
  if (!step || place < 0 || !links[place + step]) return;
  event.preventDefault();
  links[place + step].focus();
}

function pause() {
  state.paused = !state.paused;
  at("pause").setAttribute("aria-pressed", String(state.paused));
  at("said").textContent = counted();
}

at("filters").addEventListener("input", show);
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("pause").addEventListener("click", pause);
at("requests").addEventListener("keydown", move);
addEventListener("hashchange", choose);
await refresh();
await choose();
setInterval(refresh, EVERY_MS);
