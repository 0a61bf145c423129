// What is nice to have while reading. Every page is whole without it.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function button(text, className, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

// Light or dark: the other one than now. Choosing what the system says forgets the choice.
function themeButton() {
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const made = button("", "theme", () => {
    const theme = isDark() ? "light" : "dark";
    const system = dark.matches ? "dark" : "light";
    try {
      if (theme === system) localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // It holds for this page only.
    }
    if (theme === system) delete root.dataset.theme;
    else root.dataset.theme = theme;
    show();
  });
  const show = () => {
    made.textContent = isDark() ? "Light" : "Dark";
    made.title = `Show the pages ${isDark() ? "light" : "dark"}`;
  };
  dark.addEventListener("change", show);
  show();
  return made;
}

// What the reader wants of a block: of a terminal the commands, of a diff the new lines.
function wanted(figure) {
  const lines = figure.querySelector("pre").textContent.trimEnd().split("\n");
  if (figure.classList.contains("console")) {
    return lines
      .filter((line) => /^[$>] /.test(line))
      .map((line) => line.slice(2))
      .join("\n");
  }
  if (figure.classList.contains("diff")) {
    return lines
      .filter((line) => !/^(-|@@)/.test(line))
      .map((line) => line.slice(1))
      .join("\n");
  }
  return lines.join("\n");
}

function copyButton(figure, status) {
  const what = figure.querySelector("figcaption")?.textContent.trim() || "the block";
  const made = button("Copy", "copy", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(wanted(figure) + "\n");
    } catch {
      said = "Not allowed";
    }
    made.textContent = said;
    status.textContent = `${said}: ${what}`;
    setTimeout(() => (made.textContent = "Copy"), 2000);
  });
  made.setAttribute("aria-label", `Copy: ${what}`);
  return made;
}

// Mark the heading under which the reader is.
function followHeadings(links) {
  const byId = new Map(links.map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...byId.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const line = innerHeight / 4;
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < line);
    const here = byId.get(above.at(-1)?.id);
    for (const link of links) {
      if (link === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  addEventListener(
    "scroll",
    () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    },
    { passive: true },
  );
  mark();
}

document.querySelector("header.bar nav")?.append(themeButton());
const figures = document.querySelectorAll("figure.code");
if (figures.length && navigator.clipboard) {
  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("role", "status");
  document.body.append(status);
  for (const figure of figures) figure.append(copyButton(figure, status));
}
const links = [...document.querySelectorAll(".sidebar .headings a")];
if (links.length) followHeadings(links);
// A phone's table of contents closes when it has been used.
for (const link of links) {
  link.addEventListener("click", () => link.closest("details")?.removeAttribute("open"));
}
