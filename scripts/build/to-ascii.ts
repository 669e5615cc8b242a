/**
 * Writes each character beyond ASCII of a program as an escape, which means the same in its strings, templates, regular
 * expressions and names. V8 keeps the text of a loaded file in memory, with two bytes for each character as soon as one of
 * them is beyond Latin-1. An auditor sees characters that are invisible.
 */
export function toAscii(program: string): string {
  // A backslash and its ASCII character stay a pair. A backslash before another character is redundant.
  return program.replace(/\\[\0-\x7f]|\\?([^\0-\x7f])/g, (pair, unit?: string) =>
    unit === undefined ? pair : escapeUnit(unit),
  );
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
