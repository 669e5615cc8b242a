/** The same words with a capital at the start, for a clause that begins a sentence. Pure. */
export function capitalize(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
