// Shows openapi.json beside the page and lets one try it. Everything is put in as text: nothing from the document or from an answer becomes markup.
"use strict";

let api = null;
const METHODS = ["get", "post", "patch", "put", "delete"];
const at = (id) => document.getElementById(id);

/** Make an element: make("p", {class: "quiet"}, "text", child, ...). */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/** Prose in which `this` is code. */
function prose(text) {
  return text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
}

/** What a reference stands for. */
function follow(node) {
  let found = node;
  while (found && found.$ref) found = found.$ref.slice(2).split("/").reduce((part, step) => part[step], api);
  return found ?? {};
}

const nameOf = (schema) => (schema.$ref ? schema.$ref.split("/").pop() : "");

/** A schema in a few words: `string, at most 80`. */
function inWords(schema) {
  if (schema.$ref) return nameOf(schema);
  if (schema.anyOf) return schema.anyOf.map(inWords).join(" or ");
  const types = [].concat(schema.type ?? "any");
  const notes = [];
  if (schema.format) notes.push(schema.format);
  if (schema.contentEncoding) notes.push(schema.contentEncoding);
  if (schema.maxLength !== undefined) notes.push(`at most ${schema.maxLength}`);
  if (schema.default !== undefined) notes.push(`default ${JSON.stringify(schema.default)}`);
  const of = types.includes("array") && schema.items ? ` of ${schema.items.enum ? "choices" : inWords(schema.items)}` : "";
  const choices = schema.enum ?? schema.items?.enum;
  if (choices) notes.push(choices.map((value) => JSON.stringify(value)).join(" | "));
  return [types.join(" or ") + of, ...notes].join(", ");
}

/** The members of an object, each opening on demand, since schemas may hold each other. */
function members(schema) {
  const known = follow(schema.anyOf ? schema.anyOf[0] : schema);
  const inner = known.type === "array" || [].concat(known.type).includes("array") ? known.items : null;
  if (inner) return members(inner);
  if (!known.properties) return null;
  const rows = Object.entries(known.properties).map(([name, member]) => {
    const deeper = member.$ref || member.anyOf || member.items?.$ref || member.items?.anyOf || member.properties;
    return make("tr", {},
      make("td", {}, make("code", {}, name), (known.required ?? []).includes(name) ? make("span", { class: "needed" }, " needed") : ""),
      make("td", {}, inWords(member), deeper ? later("members", () => members(member)) : ""),
      make("td", {}, ...prose(member.description ?? follow(member).description ?? "")));
  });
  return make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...rows)));
}

/** A fold that is filled when it is first opened. */
function later(label, fill) {
  const fold = make("details", { class: "members" }, make("summary", {}, label));
  fold.addEventListener("toggle", () => {
    if (fold.open && fold.childElementCount === 1) fold.append(fill() ?? "none");
  });
  return fold;
}

function parametersOf(path, operation) {
  return [...(api.paths[path].parameters ?? []), ...(operation.parameters ?? [])].map(follow);
}

function describe(path, method, operation) {
  const parts = [];
  for (const text of (operation.description ?? "").split("\n\n")) if (text) parts.push(make("p", {}, ...prose(text)));
  const parameters = parametersOf(path, operation);
  if (parameters.length) parts.push(make("h3", {}, "Parameters"), parameterTable(parameters));
  const content = Object.entries(follow(operation.requestBody).content ?? {});
  if (content.length) {
    const [media, { schema }] = content[0];
    parts.push(make("h3", {}, `Content (${media}): ${inWords(schema)}`), members(schema) ?? make("p", { class: "quiet" }, "no members"));
  }
  parts.push(make("h3", {}, "Answers"), answerTable(operation.responses), tryIt(path, method, operation, parameters));
  return parts;
}

function parameterTable(parameters) {
  const rows = parameters.map((p) => make("tr", {},
    make("td", {}, make("code", {}, p.name), p.required ? make("span", { class: "needed" }, " needed") : ""),
    make("td", {}, p.in), make("td", {}, inWords(p.schema)), make("td", {}, ...prose(p.description ?? ""))));
  const head = make("tr", {}, ...["Name", "In", "Type", "Meaning"].map((text) => make("th", { scope: "col" }, text)));
  return make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function answerTable(responses) {
  const rows = Object.entries(responses).map(([status, reference]) => {
    const answer = follow(reference);
    const [media, body] = Object.entries(answer.content ?? {})[0] ?? ["", null];
    const example = body?.example ?? Object.values(body?.examples ?? {})[0]?.value;
    return make("tr", {}, make("td", {}, make("code", {}, status)), make("td", {}, ...prose(answer.description),
      body ? later(`${inWords(body.schema)} (${media})`, () => members(body.schema)) : "",
      example !== undefined ? later("example", () => make("pre", {}, JSON.stringify(example, null, 2))) : ""));
  });
  return make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...rows)));
}

function tryIt(path, method, operation, parameters) {
  const inputs = new Map();
  const rows = parameters.map((parameter) => {
    const id = `${operation.operationId}-${parameter.name}`;
    const choices = parameter.schema.type === "boolean" ? ["true", "false"] : parameter.schema.enum;
    const input = choices
      ? make("select", { id }, make("option", { value: "" }, ""), ...choices.map((value) => make("option", { value }, value)))
      : make("input", { id, autocomplete: "off", spellcheck: "false" });
    inputs.set(parameter, input);
    return make("div", { class: "row" }, make("label", { for: id }, parameter.name), input);
  });
  const optional = rows.filter((_, place) => !parameters[place].required);
  const content = Object.entries(follow(operation.requestBody).content ?? {})[0];
  const body = content ? make("textarea", { rows: 8, spellcheck: "false", "aria-label": "Content" }) : null;
  if (body) body.value = JSON.stringify(content[1].example ?? {}, null, 2);
  const shown = make("div", { "aria-live": "polite" });
  const form = make("form", {}, ...rows.filter((row) => !optional.includes(row)),
    optional.length ? make("details", { class: "members" }, make("summary", {}, `${optional.length} optional parameters`), ...optional) : "",
    body ?? "", make("p", {}, make("button", { class: "send" }, "Send")), shown);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(compose(path, method, inputs, content?.[0], body), shown);
  });
  return make("section", { class: "try" }, make("h3", {}, "Try it"), form);
}

/** The request as a URL and what fetch needs. Empty inputs are not sent. */
function compose(path, method, inputs, media, body) {
  let target = api.servers[0].url.replace(/\/$/, "") + path;
  const query = [];
  const headers = {};
  for (const [parameter, input] of inputs) {
    const value = input.value;
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "header") headers[parameter.name] = value;
    else query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(value)}`);
  }
  const token = at("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = media;
  const url = target + (query.length ? `?${query.join("&")}` : "");
  return { url, options: { method: method.toUpperCase(), headers, body: body ? body.value : undefined, cache: "no-store" } };
}

async function send({ url, options }, shown) {
  shown.replaceChildren(make("p", { class: "quiet" }, "waiting ..."));
  const started = performance.now();
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    const took = Math.round(performance.now() - started);
    const fields = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    shown.replaceChildren(
      make("p", {}, make("span", { class: `status ${answer.ok || answer.status === 304 ? "good" : "bad"}` }, `${answer.status} ${answer.statusText}`),
        make("span", { class: "quiet" }, ` in ${took} ms`)),
      text ? make("pre", {}, pretty(text)) : "", later("header fields", () => make("pre", {}, fields)),
      later("as a shell command", () => make("pre", {}, asCurl(url, options))));
  } catch (error) {
    shown.replaceChildren(make("p", { class: "status bad" }, `no answer: ${error.message}`));
  }
}

function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  // Parsed numbers may lose digits, so the text is indented as it is.
  let depth = 0, quoted = false, out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"' && !escaped(text, i)) quoted = !quoted;
    if (quoted || char === '"') { out += char; continue; }
    if (/\s/.test(char)) continue;
    if (char === "{" || char === "[") {
      const empty = /^\s*[}\]]/.test(text.slice(i + 1, i + 64));
      depth += 1;
      out += char + (empty ? "" : `\n${"  ".repeat(depth)}`);
    } else if (char === "}" || char === "]") {
      depth -= 1;
      out += /[{[]$/.test(out) ? char : `\n${"  ".repeat(depth)}${char}`;
    } else out += char === "," ? `,\n${"  ".repeat(depth)}` : char === ":" ? ": " : char;
  }
  return out;
}

function escaped(text, place) {
  let slashes = 0;
  while (text[place - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}

function asCurl(url, { method, headers, body }) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const shown = Object.entries(headers).map(([name, value]) => (name === "Authorization" ? `-H "Authorization: Bearer $TOKEN"` : `-H ${quote(`${name}: ${value}`)}`));
  return ["curl -i", `-X ${method}`, ...shown, body ? `-d ${quote(body)}` : "", quote(location.origin + url)].filter(Boolean).join(" ");
}

// -- the page

function show() {
  document.title = `${api.info.title} API`;
  at("title").textContent = api.info.title;
  at("version").textContent = api.info.version;
  at("about").textContent = api.info.description ?? "";
  const groups = new Map(api.tags.map((tag) => [tag.name, { tag, operations: [] }]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) if (item[method]) groups.get(item[method].tags[0]).operations.push([path, method, item[method]]);
  }
  for (const { tag, operations } of groups.values()) {
    at("index").append(make("div", {}, make("strong", {}, tag.name), ...operations.map(([, method, o]) =>
      make("a", { href: `#${o.operationId}`, "data-find": `${o.operationId} ${o.summary}`.toLowerCase() },
        make("span", { class: `method ${method}` }, method.toUpperCase()), o.summary))));
    at("operations").append(make("h2", {}, tag.name), make("p", { class: "quiet" }, tag.description ?? ""),
      ...operations.map(([path, method, operation]) => fold(path, method, operation)));
  }
  at("operations").removeAttribute("aria-busy");
  open();
}

function fold(path, method, operation) {
  const summary = make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), make("code", {}, path),
    make("span", { class: "quiet" }, operation.summary));
  const found = make("details", { class: "operation", id: operation.operationId }, summary);
  found.addEventListener("toggle", () => {
    if (found.open && found.childElementCount === 1) found.append(make("div", { class: "inside" }, ...describe(path, method, operation)));
  });
  return found;
}

/** Open the operation that the address names. */
function open() {
  const found = at(decodeURIComponent(location.hash.slice(1)));
  if (found && found.tagName === "DETAILS") {
    found.open = true;
    found.scrollIntoView();
  }
}

function narrow() {
  const wanted = at("filter").value.toLowerCase();
  for (const group of at("index").children) {
    const links = [...group.querySelectorAll("a")];
    for (const link of links) link.hidden = !link.dataset.find.includes(wanted);
    group.hidden = links.every((link) => link.hidden);
  }
}

async function begin() {
  at("filter").addEventListener("input", narrow);
  window.addEventListener("hashchange", open);
  try {
    api = await (await fetch("openapi.json")).json();
    show();
  } catch (error) {
    at("operations").replaceChildren(make("p", { class: "status bad" }, `openapi.json cannot be read: ${error.message}`));
  }
}

begin();
