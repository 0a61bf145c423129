// A passage is kept by its words and by those around it, so that it is found again after
// the text was changed elsewhere.

const AROUND = 32; // characters before and after it

// A line may be broken at another place tomorrow: all white space is a space.
export const plain = (text) => text.replace(/\s/g, " ");

// The text below a node as one string, and where in it each of its text nodes begins.
export function textOf(root) {
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

export function quoteOf(range, root) {
  const before = document.createRange();
  before.setStart(root, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const selected = textOf(range.cloneContents()).text;
  const exact = selected.trim();
  const start = textOf(before.cloneContents()).text.length + selected.indexOf(exact);
  const { text } = textOf(root);
  const end = start + exact.length;
  return {
    exact,
    prefix: text.slice(Math.max(start - AROUND, 0), start),
    suffix: text.slice(end, end + AROUND),
  };
}

// How many characters are the same, counted from where the passage is.
function alike(one, other) {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}

const reversed = (text) => [...text].reverse();

// Where the passage begins in the text: of several places, the one whose surroundings are
// most alike. -1 where it isn't there any more.
export function find(text, { exact, prefix, suffix }) {
  let best = -1;
  let most = -1;
  for (let at = text.indexOf(exact); exact && at >= 0; at = text.indexOf(exact, at + 1)) {
    const end = at + exact.length;
    const before = text.slice(Math.max(at - prefix.length, 0), at);
    const score =
      alike(reversed(prefix), reversed(before)) + alike(suffix, text.slice(end));
    if (score > most) [best, most] = [at, score];
  }
  return best;
}

// A range for each text node that has a piece of the passage.
export function rangesOf({ nodes }, start, length) {
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
