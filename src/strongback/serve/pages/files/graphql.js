// Asks GraphQL at this very path, and lists its operations. Everything is put in as text: nothing of the schema or of an answer becomes markup.
"use strict";

const at = (id) => document.getElementById(id);
const types = new Map();
const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const SCHEMA = `{ __schema { queryType { name } mutationType { name } types { kind name description
  fields { name description args { name type { ${TYPE} } } type { ${TYPE} } } } } }`;

/** Make an element: make("p", {class: "quiet"}, "text", child, ...). */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A type as it is written: `[Job!]!`. */
function spelt(type) {
  if (type.kind === "NON_NULL") return `${spelt(type.ofType)}!`;
  return type.kind === "LIST" ? `[${spelt(type.ofType)}]` : type.name;
}

const named = (type) => (type.ofType ? named(type.ofType) : type.name);

async function ask(query, variables) {
  const token = at("token").value.trim();
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(location.pathname, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return answer.json();
}

/** What is selected of a type when nothing is said: its plain fields, and of a page its nodes. */
function selection(name, depth = 0) {
  const fields = types.get(name)?.fields;
  if (!fields) return "";
  const plain = fields.filter((field) => !types.get(named(field.type))?.fields).map((field) => field.name);
  const inner = fields.filter((field) => ["nodes", "pageInfo", "results"].includes(field.name) || (depth === 0 && name.endsWith("Payload")));
  const deeper = depth < 2 ? inner.filter((field) => !plain.includes(field.name)).map((field) => field.name + selection(named(field.type), depth + 1)) : [];
  const chosen = [...plain, ...deeper];
  return ` { ${(chosen.length ? chosen : ["__typename"]).join(" ")} }`;
}

/** A document that asks *field*, with a variable for each argument that it needs. */
function template(operation, field) {
  const needed = field.args.filter((argument) => argument.type.kind === "NON_NULL");
  const declared = needed.map((argument) => `$${argument.name}: ${spelt(argument.type)}`).join(", ");
  const given = needed.map((argument) => `${argument.name}: $${argument.name}`).join(", ");
  at("document").value = `${operation} ${field.name}${declared && `(${declared})`} {\n  ${field.name}${given && `(${given})`}${selection(named(field.type))}\n}`;
  at("variables").value = JSON.stringify(Object.fromEntries(needed.map((argument) => [argument.name, null])), null, 2);
  const args = field.args.map((argument) => make("li", {}, make("code", {}, `${argument.name}: ${spelt(argument.type)}`)));
  at("about").replaceChildren(make("h3", {}, field.name), make("p", {}, field.description ?? ""), make("ul", {}, ...args));
  at("document").focus();
}

function list(operation, type) {
  if (!type) return [];
  const choose = (field) => (event) => {
    event.preventDefault(); // following the link would take the focus from the document again
    template(operation, field);
  };
  const links = types.get(type.name).fields.map((field) =>
    make("a", { href: "#main", "data-name": field.name.toLowerCase(), onclick: choose(field) }, field.name));
  return [make("strong", {}, type.name), ...links];
}

async function send() {
  let variables;
  try {
    variables = JSON.parse(at("variables").value || "{}");
  } catch (wrong) {
    at("answer").textContent = `The variables are no JSON: ${wrong.message}`;
    return;
  }
  try {
    at("answer").textContent = JSON.stringify(await ask(at("document").value, variables), null, 2);
  } catch (wrong) {
    at("answer").textContent = String(wrong);
  }
}

/** Show the operations whose name holds what is looked for; also of those that come after it was typed. */
function filter() {
  const wanted = at("filter").value.toLowerCase();
  for (const link of at("index").querySelectorAll("a")) link.hidden = !link.dataset.name.includes(wanted);
}

async function start() {
  const { data, errors } = await ask(SCHEMA, {});
  at("index").setAttribute("aria-busy", "false");
  if (!data?.__schema) {
    at("index").append(make("p", { class: "quiet" }, errors?.[0]?.message ?? "There is no schema."));
    return;
  }
  for (const type of data.__schema.types) types.set(type.name, type);
  at("index").append(...list("query", data.__schema.queryType), ...list("mutation", data.__schema.mutationType));
  filter();
}

at("send").addEventListener("click", send);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
});
at("filter").addEventListener("input", filter);
start();
