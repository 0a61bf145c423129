// A passage is kept by its words and by those around it, so that it is found again after
// the text was changed elsewhere.

// Where the passage begins: of several places, that with the surroundings most alike; -1
// where there is none.
export function find(text, { exact, prefix, suffix }) {
  let [best, most] = [-1, -1];
  for (let at = text.indexOf(exact); at >= 0; at = text.indexOf(exact, at + 1)) {
    const before = alike(backwards(prefix), backwards(text.slice(0, at).slice(-100)));
    const score = before + alike(suffix, text.slice(at + exact.length));
    if (score > most) [best, most] = [at, score];
  }
  return best;
}

// How many characters are the same, from the beginning on.
function alike(one, other) {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}

const backwards = (text) => text.split("").reverse();
