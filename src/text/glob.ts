/** Matches a whole text. `*` is any text, `?` one character, and everything else itself. Pure. */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = Array.from(glob);
  const characters = Array.from(text);
  let at = 0;
  let next = 0;
  // The position of the last star, and how far it reaches so far. Only that one ever has to extend.
  let star = -1;
  let reach = 0;
  while (at < characters.length) {
    if (pattern[next] === '*') {
      star = next;
      reach = at;
      next += 1;
    } else if (pattern[next] === '?' || pattern[next] === characters[at]) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      reach += 1;
      at = reach;
      next = star + 1;
    } else return false;
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}
