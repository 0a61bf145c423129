// Notes in the text: a button below what was selected, and a mark where a note is about a
// passage. Without this script, notes stand below the text.

// The page names the file, for it knows the address that may be kept for ever.
const { find } = await import(document.querySelector("[data-quotes]").dataset.quotes);

const MOST = 500; // characters of a passage
const AROUND = 32; // before and after it
const article = document.querySelector("article");
const home = document.querySelector(".new-note");
const form = home.querySelector("form");
const dialog = document.createElement("dialog");
const body = document.createElement("div");
const coarse = matchMedia("(pointer: coarse)");

function button(text, className, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function open(label, ...content) {
  dialog.setAttribute("aria-label", label);
  body.replaceChildren(...content);
  dialog.showModal();
}

// A line may be broken at another place tomorrow: all white space is a space.
const plain = (text) => text.replace(/\s/g, " ");

// The text below a node as one string, and where in it each of its text nodes begins.
function textOf(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let text = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement?.closest("button")) continue; // such as Copy, which is ours
    nodes.push({ node, start: text.length });
    text += plain(node.data);
  }
  return { text, nodes };
}

// A selection in words.
function quoteOf(range) {
  const before = document.createRange();
  before.setStart(article, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const selected = textOf(range.cloneContents()).text;
  const exact = selected.trim();
  const start = textOf(before.cloneContents()).text.length + selected.indexOf(exact);
  const end = start + exact.length;
  const { text } = textOf(article);
  const prefix = text.slice(Math.max(start - AROUND, 0), start);
  return { exact, prefix, suffix: text.slice(end, end + AROUND) };
}

// A range for each text node that has a piece of a passage.
function rangesOf({ nodes }, start, length) {
  const ranges = [];
  for (const { node, start: begins } of nodes) {
    const from = Math.max(start - begins, 0);
    const to = Math.min(start + length - begins, node.length);
    if (from >= to || !node.data.slice(from, to).trim()) continue;
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    ranges.push(range);
  }
  return ranges;
}

dialog.className = "sheet";
dialog.append(body, button("Close", "close", () => dialog.close()));
document.body.append(dialog);

// Marks: each piece of a passage is one; the first can be reached by keyboard.
function mark(item) {
  const quoted = item.querySelector(".quoted");
  const { prefix, suffix } = quoted.dataset;
  const quote = { exact: plain(quoted.textContent).trim(), prefix: plain(prefix), suffix: plain(suffix) };
  const whole = textOf(article);
  const start = quote.exact ? find(whole.text, quote) : -1;
  if (start < 0) {
    item.querySelector(".gone").hidden = false;
    return;
  }
  rangesOf(whole, start, quote.exact.length).forEach((range, piece) => {
    const made = document.createElement("mark");
    made.className = "noted";
    made.dataset.note = item.id;
    if (piece === 0) {
      made.id = quoted.id;
      made.tabIndex = 0;
      made.setAttribute("role", "button");
      made.setAttribute("aria-haspopup", "dialog");
    }
    range.surroundContents(made);
  });
  quoted.removeAttribute("id");
  item.querySelector(".to-text").hidden = false;
}

// Passages may overlap, and then one mark lies in another: show the notes of all.
function show(made) {
  const list = document.createElement("ol");
  list.className = "note-list";
  for (let here = made; here; here = here.parentElement.closest("mark.noted")) {
    const copy = document.getElementById(here.dataset.note).cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
    list.append(copy);
  }
  open("Notes on this passage", list);
}

article.addEventListener("click", (event) => {
  const made = event.target.closest("mark.noted");
  const link = event.target.closest("a");
  if (!made || !getSelection().isCollapsed) return; // who selects wants no dialog
  if (link && !link.hash) return;
  event.preventDefault();
  show(made);
});
article.addEventListener("keydown", (event) => {
  if (!event.target.matches("mark.noted") || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  show(event.target);
});

// The button below what was selected. It stands after the passage, and Tab leads to it.
let picked = null;
const offer = button("Note", "take-note", () => write(quoteOf(picked)));
offer.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the selection
offer.addEventListener("blur", follow);
document.addEventListener("selectionchange", follow);
document.addEventListener("keydown", (event) => {
  const tab = event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey;
  if (!tab || !offer.isConnected || dialog.open || document.activeElement === offer) return;
  event.preventDefault();
  offer.focus();
});

function follow() {
  if (dialog.open || document.activeElement === offer) return;
  const selection = getSelection();
  const range = selection.isCollapsed ? null : selection.getRangeAt(0);
  if (!range || !article.contains(range.commonAncestorContainer)) return offer.remove();
  const text = selection.toString().trim();
  if (!text || text.length > MOST) return offer.remove();
  picked = range.cloneRange();
  const end = range.endContainer;
  const frame = end.parentElement.closest("article figure, article .table, article a");
  (frame ?? end).after(offer);
  const box = article.getBoundingClientRect();
  const last = [...range.getClientRects()].at(-1) ?? box;
  const most = box.width - offer.offsetWidth;
  offer.style.insetInlineStart = `${Math.max(0, Math.min(last.right - box.left, most))}px`;
  // A phone's own handles hang below what is selected.
  offer.style.insetBlockStart = `${last.bottom - box.top + (coarse.matches ? 32 : 6)}px`;
}

// The form below the text comes into the dialog, and goes back when that is closed.
function write(quote) {
  for (const [side, text] of Object.entries(quote)) form.elements[side].value = text;
  const quoted = document.createElement("blockquote");
  quoted.className = "quoted";
  quoted.textContent = quote.exact;
  open("A new note", quoted, form);
  form.elements.body.focus();
}
dialog.addEventListener("close", () => {
  home.append(form);
  for (const side of ["exact", "prefix", "suffix"]) form.elements[side].value = "";
  body.replaceChildren();
});

for (const item of document.querySelectorAll(".notebook .note:has(.quoted)")) mark(item);
if (/^#(note|quote)_/.test(location.hash)) {
  const here = document.getElementById(location.hash.slice(1));
  here?.scrollIntoView({ block: "center" });
  here?.focus({ preventScroll: true });
}
