import type { StateAddress } from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { ANY_STATE } from '../backend/state/list-states.ts';
import type { InputProblem, InputReader } from '../runner/inputs.ts';
import type { InputSources } from './input-sources.ts';
import { createBackendsReader, type Replacements } from './read-backend-as.ts';
import { rejectKeyBeside } from './reject-key.ts';
import { findRepeatedStates } from './repeated-lines.ts';
import { readStateLines, type StateLine, type StateListRules } from './state-lines.ts';

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

const RULES: StateListRules = { settings: ['workspace'] };

/** The inputs that a line of a list replaces, for a backend that has the folder of the step's own. */
export function toReplacements(
  { text: value, key, workspace }: StateLine,
  input: string,
  toBackendKey = (given: string) => given,
): Replacements {
  const given = { input, value };
  const where = key === undefined ? {} : { key: { ...given, backendValue: toBackendKey(key) } };
  return workspace === undefined ? where : { ...where, workspace: { ...given, backendValue: workspace } };
}

/** A valid location that stands for those of a list without any readable line: only the lines then have problems. */
export function placeholderFor(input: string): Replacements {
  return { key: { input, value: '', backendValue: 'unread' } };
}

const isPrefix = ({ key }: StateLine): boolean => key?.endsWith('/') === true;

/**
 * Reads a list of states and prefixes, and the backend's inputs once for each. A key that ends in `/` is a
 * prefix. Without a list, it is the state of `key`. Problems of the list itself go to the reader.
 */
export function readKeyList(reader: InputReader, input: string, sources: InputSources): StateList {
  const lines = readStateLines(reader, input, RULES);
  if (lines !== undefined) rejectKeyBeside(reader, sources.env, input);
  const backends = createBackendsReader(sources);
  const toBackendKey = (key: string) => (key.endsWith('/') ? `${key}${ANY_STATE}` : key);
  const read = (lines ?? []).map((line) => {
    const backend = backends.read(toReplacements(line, input, toBackendKey));
    return { line, backend, address: backend.settings.address };
  });
  const first = read[0]?.backend ?? backends.read(lines === undefined ? {} : placeholderFor(input));
  const prefixes = read.filter(({ line }) => isPrefix(line));
  const states = read.filter(({ line }) => !isPrefix(line));
  const paths = read.map(({ line, address: { lockPath } }) => ({
    line,
    value: isPrefix(line) ? lockPath.slice(0, -ANY_STATE.length) : lockPath,
  }));
  return {
    first: first.settings,
    addresses: lines === undefined ? [first.settings.address] : states.map(({ address }) => address),
    prefixes: prefixes.map(({ address }) => address.objectKey.slice(0, -ANY_STATE.length)),
    skipCredentialsValidation: first.skipCredentialsValidation,
    warnings: [...first.warnings],
    problems: [...backends.problems(), ...findRepeatedStates(input, paths)],
  };
}
