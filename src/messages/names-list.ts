import { plain } from './plain.ts';

const SHOWN = 20;

/** Names from a state on one line. Shows only the first ones of many. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(plain).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

/** One line for removed and one for retyped outputs, if there are any. */
export function brokenOutputLines(removed: readonly string[], retyped: readonly string[]): string[] {
  const lines: string[] = [];
  if (removed.length > 0) lines.push(`Removed outputs: ${listNames(removed)}.`);
  if (retyped.length > 0) lines.push(`Outputs of another type: ${listNames(retyped)}.`);
  return lines;
}
