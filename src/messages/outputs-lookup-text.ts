import { listNames } from './names-list.ts';
import { plain } from './plain.ts';

/** The error for lookups that found nothing. */
export function explainLookups(missing: readonly string[]): string {
  return [
    `lookup found nothing for ${plain(missing[0] ?? '')}${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}.`,
    ...missing.slice(1, 10).map((one) => `  ${plain(one)}`),
    'Write an address as terraform state list prints it, followed by the attribute. A default for the name in defaults replaces a missing value. Nothing was set.',
  ].join('\n');
}

/** The error for lookups that have the name of an output. */
export function explainTakenNames(names: readonly string[]): string {
  return [
    `Some lookups have the same names as outputs of the state: ${listNames(names)}.`,
    'Give these lookups other names, or leave the outputs out with select. Nothing was set.',
  ].join('\n');
}
