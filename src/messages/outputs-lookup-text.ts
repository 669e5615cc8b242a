import { listNames } from './names-list.ts';
import { plain } from './plain.ts';

/** Lookups that found nothing. */
export function explainLookups(missing: readonly string[]): string {
  return [
    `lookup finds nothing: ${plain(missing[0] ?? '')}${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}.`,
    ...missing.slice(1, 10).map((one) => `  ${plain(one)}`),
    'An address is as terraform state list prints it, with the attribute behind it. A default for the name in defaults stands in for it. Nothing was set.',
  ].join('\n');
}

/** Lookups that have the name of an output. */
export function explainTakenNames(names: readonly string[]): string {
  return [
    `Lookups have the names of outputs of the state, and neither may win by chance: ${listNames(names)}.`,
    'Give these lookups other names, or leave the outputs out with select. Nothing was set.',
  ].join('\n');
}
