/**
 * Controls of C0 and C1, ends of lines, and what changes the direction of text: all that a terminal or a page acts upon
 * in place of showing it.
 */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/g;

/** Shows controls as escapes, but for those in `kept`. Pure. */
export function showControls(text: string, kept: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    if (kept.includes(character)) return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
