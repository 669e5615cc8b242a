import type { StateAddress } from '../backend/address.ts';
import { listNames } from './names-list.ts';
import { plain } from './plain.ts';
import { publishedUrl, stateUrl } from './state-url.ts';

interface Named {
  readonly label: string;
  readonly name: string;
}

/** The error for missing states without `allow_missing`. */
export function explainMissing(addresses: readonly StateAddress[], isPublished: boolean): string {
  if (isPublished) return explainUnpublished(addresses);
  const lines = addresses.map(
    (address) =>
      `There is no state at ${stateUrl({ address })} (bucket ${address.bucket}, key ${address.objectKey}, workspace ${address.workspace}).`,
  );
  return [
    ...lines,
    'Check bucket, key, workspace and workspace_key_prefix, and whether anybody has applied this configuration yet.',
    'With allow_missing: true, a missing state is not an error, and defaults replace its outputs.',
  ].join('\n');
}

function explainUnpublished(addresses: readonly StateAddress[]): string {
  return [
    ...addresses.map((address) => `There are no published outputs at ${publishedUrl({ address })}.`),
    'A job that holds the state with publish_outputs: true writes them. Also check bucket, key, workspace and workspace_key_prefix.',
    'With allow_missing: true, this is not an error, and defaults replace them.',
  ].join('\n');
}

/** The error for names in `select` that match nothing. */
export function explainUnmatched(
  addresses: readonly StateAddress[],
  unmatched: readonly string[],
  available: readonly string[],
): string {
  const isOne = addresses.length === 1;
  const has =
    available.length === 0
      ? `${isOne ? 'It has' : 'They have'} no outputs at all`
      : `${isOne ? 'It has' : 'They have'} these outputs: ${listNames(available)}`;
  const urls = addresses.map((address) => stateUrl({ address }));
  return [
    `Nothing in ${isOne ? (urls[0] ?? '') : `these ${urls.length} states`} matches select: ${listNames(unmatched)}.`,
    ...(isOne ? [] : [`The states are ${listNames(urls)}.`]),
    `${has}. Only outputs of the root module can be read.`,
    'Correct select, or give a default for it in defaults.',
  ].join('\n');
}

export function explainSensitive(names: readonly string[]): string {
  return [
    `Sensitive outputs are selected, and sensitive is fail: ${listNames(names)}.`,
    'Leave them out with select, or set sensitive to omit or mask. Nothing was set.',
  ].join('\n');
}

export function explainCollisions(what: string, groups: readonly (readonly Named[])[]): string {
  const lines = groups
    .slice(0, 10)
    .map(
      ([first, ...others]) =>
        `  ${listNames([first, ...others].flatMap((one) => one?.label ?? []))}: ${first?.name ?? ''}`,
    );
  return [
    `Several outputs would become the same ${what}. Nothing was set.`,
    ...lines,
    'Choose one of them with select, or read each in its own step.',
  ].join('\n');
}

export function explainForbidden(variables: readonly Named[]): string {
  return [
    `These may not become environment variables, because they decide what later steps run or reach: ${listNames(variables.map(({ name }) => name))}.`,
    'Set env_prefix (such as STACK_ or TF_VAR_), leave them out with select, or use the step outputs. Nothing was set.',
  ].join('\n');
}

export function explainTooLarge(unfit: readonly Named[], bytes: number): string {
  const what =
    unfit.length > 0
      ? `These can't become environment variables, because they are larger than 128 KiB or contain a zero byte: ${listNames(unfit.map(({ name }) => name))}.`
      : `All outputs together are ${plain(String(bytes))} bytes. With more than 1 MiB of environment variables, no program can start.`;
  return [what, 'Leave some out with select, or use the step outputs. Nothing was set.'].join('\n');
}
