/** What must not reach the terminal of whoever reads other people's text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Other people's text on one line: control characters are shown, not sent to the reader's terminal. */
export function plain(text: string): string {
  return text.replaceAll(CONTROL_CHARACTERS, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
