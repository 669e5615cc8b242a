import type { StateAddress } from '../backend/address.ts';
import type { ReadOutputs } from '../backend/state/read-outputs.ts';
import { listNames } from './names-list.ts';
import { excerpt, plain } from './plain.ts';
import { publishedUrl, stateUrl } from './state-url.ts';

/** The log's line about one state. */
export function readLine(address: StateAddress, read: ReadOutputs | undefined): string {
  if (read === undefined) return `There is no state at ${stateUrl({ address })}.`;
  const { header, outputs, bytesRead } = read;
  return `Read ${stateUrl({ address })}: serial ${header.serial}, ${countOutputs(outputs)}, in ${bytesRead} bytes.`;
}

/** The log's line about the published outputs of one state. */
export function publishedLine(address: StateAddress, read: ReadOutputs | undefined): string {
  if (read === undefined) return `There are no published outputs at ${publishedUrl({ address })}.`;
  const { header, outputs, bytesRead } = read;
  return `Read ${publishedUrl({ address })}: ${countOutputs(outputs)} of serial ${header.serial}, in ${bytesRead} bytes.`;
}

function countOutputs({ size }: ReadOutputs['outputs']): string {
  return size === 1 ? 'one output' : `${size} outputs`;
}

export function omittedLine(names: readonly string[]): string {
  return `Left out as sensitive: ${listNames(names)}. With sensitive: mask, the step sets them and masks them in the log.`;
}

export function notMaskableNotice(names: readonly string[]): string {
  return (
    `Left out even though sensitive is mask: ${listNames(names)}. Each is empty, larger than 256 KiB, or has a part that is too short or too common to ` +
    'mask (fewer than 8 characters, true, false): the mask would replace that text everywhere in the log and drop job outputs.'
  );
}

/** The deprecation messages of the outputs that are read. */
export function deprecatedNotice(
  deprecated: readonly { readonly label: string; readonly text: string }[],
): string {
  const lines = deprecated
    .slice(0, SHOWN)
    .map(({ label, text }) => `${plain(label)}: ${excerpt(text, LONGEST)}`);
  const more = deprecated.length > SHOWN ? [`and ${deprecated.length - SHOWN} more`] : [];
  return ['Deprecated outputs, which may be removed from their state:', ...lines, ...more].join('\n');
}

const SHOWN = 20;
const LONGEST = 300;

export function renamedNotice(renamed: readonly { readonly label: string; readonly name: string }[]): string {
  const pairs = renamed.map(({ label, name }) => `${label} as ${name}`);
  return `Step outputs renamed to make them usable in a workflow: ${listNames(pairs)}.`;
}

export function notExportedNotice(names: readonly string[]): string {
  return (
    `Not set as environment variables: ${listNames(names)}. Without env_prefix, only outputs that select lists by name become variables: ` +
    'whoever can write the state chooses the other names.'
  );
}

export function maskedNotice(names: readonly string[]): string {
  return (
    `GitHub will not pass these step outputs on as job outputs, because they contain masked text: ${listNames(names)}. ` +
    'Steps of this job can use them.'
  );
}

export function largeNotice(names: readonly string[]): string {
  return `Too large for job outputs, which are limited to 1 MiB in total at two bytes per character: ${plain(listNames(names))}. Steps of this job can use them, but not in env or arguments. They can also read them from outputs_file.`;
}
