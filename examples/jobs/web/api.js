// The public API of the service, as anybody may ask it. Nothing here is known that the API does not say.

const BASE = "/v1";

/** What the service refused, and why: its problem details (RFC 9457). */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }
}

/**
 * Ask the API.
 * @param {string} path below the API's prefix
 * @param {{method?: string, body?: object, token?: string, query?: Record<string, string | undefined>}} options
 */
export async function ask(path, { method = "GET", body, token, query = {} } = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  return read(await fetch(`${BASE}${path}${search}`, { method, headers, body: body && JSON.stringify(body) }));
}

/** A token for *claims* from the service that runs on this machine; in production an issuer gives them. */
export async function tokenFor(claims) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/_dev/token", { method: "POST", headers, body: JSON.stringify(claims) });
  return (await read(answer)).token;
}

async function read(answer) {
  const text = await answer.text();
  const json = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(json ?? { title: answer.statusText, status: answer.status });
  return json;
}
