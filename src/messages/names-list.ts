import { plain } from './plain.ts';

const SHOWN = 20;

/** Names from a state on one line. Shows only the first ones of many. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(plain).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
