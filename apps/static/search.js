// The search by keyboard: Ctrl+K (Cmd+K) begins one on every page; in what was found, the
// arrows go down and up. A key alone would be in the way of those who talk to their
// computer (WCAG 2.1.4), so there is none.

const field = document.querySelector(".search input");
const link = document.querySelector("link[rel='search']");

const label = document.querySelector(".search label");
if (label) {
  const key = /Mac|iP(ad|hone|od)/.test(navigator.platform) ? "\u2318" : "Ctrl";
  label.insertAdjacentHTML("beforeend", ` <small>(on every page: <kbd>${key}</kbd> <kbd>K</kbd>)</small>`);
}

document.addEventListener("keydown", (event) => {
  const chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (!chord || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  if (field) {
    field.focus();
    field.select();
  } else if (link) location.assign(link.href);
});

// Where nothing has the focus, as on a page that was just opened, the field counts as here.
const stops = [field, ...document.querySelectorAll(".hits h2 a")];
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const here = document.activeElement;
  const at = here === document.body ? 0 : stops.indexOf(here);
  const next = at < 0 ? null : stops[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
