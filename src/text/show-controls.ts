/**
 * The controls of C0 and C1, line ends, and characters that change the direction of text: everything that a terminal or
 * a page interprets instead of showing.
 */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/g;

/** Shows controls as escapes, except those in `kept`. Pure. */
export function showControls(text: string, kept: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    if (kept.includes(character)) return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
