import type { StateAddress } from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { STATE_ENDING } from '../backend/state/list-states.ts';
import {
  createInputReader,
  type Environment,
  type InputProblem,
  type InputReader,
} from '../runner/inputs.ts';
import type { InputSources } from './input-sources.ts';
import { type ReplacedBackend, readBackendAs } from './read-backend-as.ts';

/** Several states of one backend. */
export interface StateList {
  /** The connection to all of them. Its own address is the first of them, or no state's if that is a prefix. */
  readonly first: BackendSettings;
  /** The named states. */
  readonly addresses: readonly StateAddress[];
  /** The prefixes of further states' object keys, each with `/` at its end. */
  readonly prefixes: readonly string[];
  readonly skipCredentialsValidation: boolean;
  readonly warnings: string[];
  readonly problems: readonly InputProblem[];
}

/** Reads a list of keys, one per line, because a key may contain a comma. If it is empty, `key` names the state. */
export function readKeyList(reader: InputReader, name: 'keys', env: Environment): string[] {
  const lines = (reader.text(name) ?? '').split('\n').map((line) => line.trim());
  const keys = [...new Set(lines.filter((line) => line !== ''))];
  // A key in the backend block does not count, because it names that module's state.
  const key = createInputReader(env).text('key');
  if (keys.length > 0 && key !== undefined) reader.reject('key', key, `give key or ${name}, not both`);
  return keys;
}

/** A state's name, to validate a prefix. */
const ANY_STATE = `any${STATE_ENDING}`;

/**
 * The backend's inputs, once for each key. Each problem is reported once. A key that ends in `/` is a prefix. Without
 * keys, it is the state of `key`. Pure.
 */
export function readStateList(sources: InputSources, keys: readonly string[]): StateList {
  const problems = new Map<string, InputProblem>();
  const read = (key: string | undefined): ReplacedBackend => {
    const backendValue = key?.endsWith('/') ? `${key}${ANY_STATE}` : key;
    const replacements =
      key === undefined || backendValue === undefined
        ? {}
        : { key: { input: 'keys', value: key, backendValue } };
    const backend = readBackendAs(replacements, sources);
    for (const problem of backend.problems) problems.set(JSON.stringify(problem), problem);
    return backend;
  };
  const [firstKey, ...otherKeys] = keys;
  const first = read(firstKey);
  const all = [first, ...otherKeys.map(read)].map(({ settings }) => settings.address);
  const isPrefix = (i: number) => keys[i]?.endsWith('/') === true;
  return {
    first: first.settings,
    addresses: all.filter((_, i) => !isPrefix(i)),
    prefixes: all.flatMap(({ objectKey }, i) => (isPrefix(i) ? [objectKey.slice(0, -ANY_STATE.length)] : [])),
    skipCredentialsValidation: first.skipCredentialsValidation,
    warnings: [...first.warnings],
    problems: [...problems.values()],
  };
}
