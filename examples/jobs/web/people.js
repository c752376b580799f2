// Who sits at the page. Switching is for trying the service out: each user has a token of their own, and sees what they may see.

import { ask, tokenFor } from "./api.js";
import { el } from "./page.js";

// Those of the sample data. Who registers is remembered beside them, in this browser alone.
const KNOWN = [
  { sub: "bob", name: "Bob Martin" },
  { sub: "chen", name: "Chen" },
  { sub: "ada", name: "Ada Lovelace" },
  { sub: "ingrid", name: "Ingrid Daubechies" },
];
const tokens = new Map();
const ids = new Map();

function registered() {
  return JSON.parse(localStorage.getItem("registered") ?? "[]");
}

export function people() {
  return [...KNOWN, ...registered()];
}

export function current() {
  const sub = sessionStorage.getItem("user");
  return people().find((each) => each.sub === sub) ?? null;
}

export function become(sub) {
  sub ? sessionStorage.setItem("user", sub) : sessionStorage.removeItem("user");
}

/** Remember somebody new; the service makes their account when it first sees their token. */
export async function register(claims) {
  await ask("/users", { token: await tokenOf(claims), query: { subject: claims.sub } });
  const others = registered().filter((each) => each.sub !== claims.sub);
  localStorage.setItem("registered", JSON.stringify([...others, claims]));
  become(claims.sub);
}

/** The token of whoever sits here; undefined for nobody. */
export async function token() {
  const user = current();
  return user ? tokenOf(user) : undefined;
}

async function tokenOf(claims) {
  if (!tokens.has(claims.sub)) tokens.set(claims.sub, await tokenFor(claims));
  return tokens.get(claims.sub);
}

/** The id of one's own row. */
export async function myId() {
  const { sub } = current();
  if (!ids.has(sub)) {
    const found = await ask("/users", { token: await token(), query: { subject: sub, fields: "id" } });
    ids.set(sub, found.items[0].id);
  }
  return ids.get(sub);
}

export function options() {
  const chosen = current()?.sub;
  return [
    el("option", { value: "", selected: !chosen }, "nobody (a stranger)"),
    ...people().map((each) => el("option", { value: each.sub, selected: each.sub === chosen }, each.name)),
  ];
}
