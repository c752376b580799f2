// One page on the public API: find a job, read it, apply, decide. Which view is shown stands in the address, behind `#`.

import { showApplications } from "./applications.js";
import { showJob } from "./job.js";
import { el, problem, say } from "./page.js";
import { become, current, options, register } from "./people.js";
import { showRecruiting } from "./recruiting.js";
import { showSearch } from "./search.js";

const VIEWS = [
  [/^#\/jobs\/([0-9a-f-]{36})$/, showJob],
  [/^#\/applications$/, showApplications],
  [/^#\/recruiting$/, showRecruiting],
  [/^(?:#\/?(?:\?.*)?)?$/, showSearch],
];
const main = document.getElementById("main");
const who = document.getElementById("user");
let shown = 0;

async function show() {
  const mine = ++shown;
  const address = location.hash;
  const [pattern, view] = VIEWS.find(([each]) => each.test(address)) ?? [];
  mark(address);
  main.setAttribute("aria-busy", "true");
  let content;
  try {
    content = view ? await view(...(address.match(pattern).slice(1))) : missing();
  } catch (refused) {
    content = refused.problem?.status === 404 ? missing() : [el("h1", {}, "That did not work"), problem(refused)];
  }
  if (mine !== shown) return;   // somebody went on in the meantime
  main.replaceChildren(...[content].flat(2).filter(Boolean));
  main.setAttribute("aria-busy", "false");
  document.title = `${main.querySelector("h1")?.textContent ?? "Jobs"} · Jobs`;
}

function missing() {
  return [el("h1", {}, "There is nothing here"), el("p", {}, "Or nothing that you may see. ", el("a", { href: "#/" }, "Find a job"), ".")];
}

function mark(address) {
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === (address.split("?")[0] || "#/");
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
}

function seat() {
  who.replaceChildren(...options());
}

who.addEventListener("change", () => {
  become(who.value);
  say(`You are ${current()?.name ?? "nobody"} now.`);
  show();
});

const dialog = document.getElementById("registering");
document.getElementById("register").addEventListener("click", () => dialog.showModal());
dialog.addEventListener("close", async () => {
  if (dialog.returnValue !== "register") return;
  const filled = dialog.querySelector("form");
  try {
    await register(Object.fromEntries(new FormData(filled)));
    say(`Welcome, ${current().name}.`);
    filled.reset();
    seat();
    show();
  } catch (refused) {
    main.prepend(problem(refused));
  }
  dialog.returnValue = "";
});

// The address behind `#` is a view's here, so that the link to the content cannot be one.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => { show().then(() => main.focus()); });
addEventListener("changed", show);
seat();
show();
