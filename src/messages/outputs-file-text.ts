import { listNames } from './names-list.ts';
import { plain } from './plain.ts';

/** The log's line about the file. */
export function fileLine(path: string, count: number): string {
  return `Wrote ${count} ${count === 1 ? 'output' : 'outputs'} to ${plain(path)}, readable only by this user.`;
}

export function notInFileNotice(names: readonly string[]): string {
  return (
    `Not in outputs_file: ${listNames(names)}. Without env_prefix, a .env file contains only outputs that select lists by name: ` +
    'whoever can write the state chooses the other names.'
  );
}

export function explainUnfitNames(names: readonly string[]): string {
  return [
    `These are not valid names of Terraform variables, so they can't be in a .tfvars.json file: ${listNames(names)}.`,
    'Leave them out with select, or use an outputs_file that ends in .json. Nothing was set.',
  ].join('\n');
}

export function explainUnquotable(names: readonly string[]): string {
  return [
    `These can't be written to a .env file in a form that all readers parse alike: ${listNames(names)}.`,
    'Each contains a carriage return, or both quotes and characters that shells and dotenv parsers treat differently.',
    'Leave them out with select, or use an outputs_file that ends in .json. Nothing was set.',
  ].join('\n');
}

/** `why`: the operating system's message. */
export function explainNotWritten(path: string, why: string): string {
  return [
    `outputs_file could not be written: ${plain(path)} (${plain(why)}).`,
    'Name another path in the checkout or in RUNNER_TEMP. Nothing was set.',
  ].join('\n');
}
