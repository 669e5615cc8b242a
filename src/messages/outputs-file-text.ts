import { listNames } from './names-list.ts';
import { plain } from './plain.ts';

/** The log's line about the file. */
export function fileLine(path: string, count: number): string {
  return `Wrote ${count} ${count === 1 ? 'output' : 'outputs'} to ${plain(path)}, for this user alone to read.`;
}

export function notInFileNotice(names: readonly string[]): string {
  return (
    `Not in outputs_file: ${listNames(names)}. Without env_prefix only outputs that select names one by one are in a .env file: ` +
    'whoever can write the state chooses the other names.'
  );
}

export function explainUnfitNames(names: readonly string[]): string {
  return [
    `These can't be names of Terraform's variables, so they can't be in a .tfvars.json file: ${listNames(names)}.`,
    'Leave them out with select, or let outputs_file end with .json. Nothing was set.',
  ].join('\n');
}

export function explainUnquotable(names: readonly string[]): string {
  return [
    `These have no form in a .env file that all its readers take alike: ${listNames(names)}.`,
    'They have a carriage return, or both quotes and characters that shells and dotenv parsers act upon differently.',
    'Leave them out with select, or let outputs_file end with .json. Nothing was set.',
  ].join('\n');
}

/** `why`: the system's words. */
export function explainNotWritten(path: string, why: string): string {
  return [
    `outputs_file could not be written: ${plain(path)} (${plain(why)}).`,
    'Name another path in the checkout or in RUNNER_TEMP. Nothing was set.',
  ].join('\n');
}
