// Elements, and what is said to whoever looks at the page. Text is set as text: nothing that the API answers is ever markup.

/** Make an element: `el("a", { href: "#/" }, "Home")`. An attribute that is false or undefined is left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A labelled control. */
export function field(label, control) {
  control.id ||= `field-${Math.random().toString(36).slice(2)}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control);
}

export function date(text) {
  return el("time", { datetime: text }, new Date(text).toLocaleDateString(undefined, { dateStyle: "medium" }));
}

let clearing;

/** Say *text* for a while; screen readers read it out. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { said.textContent = ""; }, 6000);
}

const REASONS = {
  already_applied: "You have applied for this job already.",
  already_decided: "This application has been decided already.",
  not_a_draft: "The job is no draft any more.",
};

/** What was refused, for a person. */
export function problem(refused) {
  const { detail, title, reason, hint, errors = [] } = refused.problem ?? { detail: String(refused) };
  const lines = errors.map((each) => el("li", {}, [each.pointer || each.parameter, each.detail, each.hint].filter(Boolean).join(": ")));
  return el("div", { class: "problem", role: "alert" },
    el("p", {}, REASONS[reason] ?? [detail ?? title, hint].filter(Boolean).join(". ")),
    lines.length ? el("ul", {}, lines) : null);
}

/**
 * A form that asks the API with what was filled in, cannot be sent twice at once, and says what went wrong where it was sent.
 * @param {(values: Record<string, string>) => Promise<void>} send
 */
export function form(attributes, send, ...children) {
  const made = el("form", { ...attributes, onsubmit: submit }, ...children);
  async function submit(event) {
    event.preventDefault();
    const pressed = event.submitter;
    const values = Object.fromEntries(new FormData(made, pressed));   // before the button is disabled, which takes it out
    made.querySelector(".problem")?.remove();
    if (pressed) pressed.disabled = true;
    try {
      await send(values);
    } catch (refused) {
      made.append(problem(refused));
    } finally {
      if (pressed) pressed.disabled = false;
    }
  }
  return made;
}
