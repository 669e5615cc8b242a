import { readFile } from 'node:fs/promises';
import type { Backend } from '../../backend/settings.ts';
import type { StateDecryption } from '../../backend/state/decryption.ts';
import { examineListed, listVersions, toObjectVersion } from '../../backend/state/list-versions.ts';
import { type ReadOutputs, readOutputsVersion } from '../../backend/state/read-outputs.ts';
import { fingerprint, NO_STATE } from '../../job-state/state-fingerprint.ts';
import {
  explainNoFingerprint,
  explainNoVersion,
  explainUnreadableFile,
} from '../../messages/outputs-compare-text.ts';
import { isJsonObject, type JsonValue } from '../../statefile/json-tree.ts';
import { parseJsonTree } from '../../statefile/parse-json.ts';
import type { ResourceLookup } from '../../statefile/parse-lookup.ts';
import { parsePublishedOutputs } from '../../statefile/published-outputs.ts';
import { toMessage } from '../../text/error-message.ts';
import { hasCode } from '../../workspace-files/disk.ts';
import type { CompareWith } from './compare-inputs.ts';
import { type EarlierState, NOTHING } from './compare-states.ts';
import { typeOfDefault } from './defaults.ts';
import type { ListedBy } from './listed-states.ts';
import { findLookups } from './lookups.ts';
import { OutputsRefused } from './refusal.ts';

/** The most versions that are read in the search for a fingerprint. */
const MOST_READ = 50;

/** The state to compare with: its outputs, and the results of the lookups. Pure. */
export function toEarlierState(read: ReadOutputs, lookups: readonly ResourceLookup[]): EarlierState {
  const found = findLookups(lookups, read).map((output) => [output.name, output] as const);
  return { outputs: new Map([...read.outputs, ...found]), isWhole: true };
}

/**
 * The earlier outputs of the state; undefined when there was none. Errors: OutputsRefused `compare_not_found`; those of
 * the reads.
 */
export async function readEarlierVersion(
  backend: Backend,
  compare: Extract<CompareWith, { kind: 'fingerprint' | 'version' }>,
  decryption: StateDecryption | undefined,
  lookups: readonly ResourceLookup[],
): Promise<EarlierState> {
  if (compare.kind === 'fingerprint' && compare.fingerprint === NO_STATE) return NOTHING;
  const versionId =
    compare.kind === 'version' ? compare.versionId : await findFingerprint(backend, compare.fingerprint);
  const read = await readOutputsVersion(backend, versionId, { decryption, lookups });
  if (read !== undefined) return toEarlierState(read, lookups);
  throw new OutputsRefused('compare_not_found', explainNoVersion(backend, versionId ?? ''));
}

/** The id with which to read the version. */
async function findFingerprint(backend: Backend, wanted: string): Promise<string | undefined> {
  const versions = await listVersions(backend, MOST_READ);
  for (const version of versions.filter(({ kind }) => kind === 'state')) {
    const read = await examineListed(backend, version);
    if (read.kind !== 'read' || read.state.facts.inspection.kind !== 'state') continue;
    if (fingerprint(read.state, read.state.facts.inspection.header) === wanted)
      return toObjectVersion(backend.address, version).versionId;
  }
  throw new OutputsRefused('compare_not_found', explainNoFingerprint(backend, wanted, versions.length));
}

/**
 * The outputs of each state in a file of an earlier run; undefined when there is no file. Errors: OutputsRefused
 * `compare_unreadable`.
 */
export async function readEarlierFile(
  path: string,
  listedBy: ListedBy | undefined,
  names: readonly string[],
): Promise<EarlierState[] | undefined> {
  const bytes = await readBytes(path);
  if (bytes === undefined) return undefined;
  const published = parsePublishedOutputs(bytes);
  if (listedBy === undefined && published.ok) {
    return [{ outputs: published.state.outputs, isWhole: true, isWithoutResources: true }];
  }
  const document = parseJsonTree(bytes.toString('utf8'));
  const states = listedBy === undefined ? [document] : names.map((name) => findMember(document, name));
  const earlier = states.map(asEarlier);
  const whole = earlier.flatMap((state) => state ?? []);
  if (isJsonObject(document) && whole.length === states.length) return whole;
  throw new OutputsRefused('compare_unreadable', explainUnreadableFile(path));
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    const why = toMessage(error);
    throw new OutputsRefused('compare_unreadable', explainUnreadableFile(path, why), error);
  }
}

/** A state that the earlier run did not read had no outputs for it. */
function findMember(document: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(document) ? (document.get(name) ?? new Map()) : undefined;
}

function asEarlier(values: JsonValue | undefined): EarlierState | undefined {
  if (!isJsonObject(values)) return undefined;
  const outputs = Array.from(values, ([name, value]) => {
    const output = { value, type: typeOfDefault(value), sensitive: false };
    return [name, output] as const;
  });
  return { outputs: new Map(outputs), isWhole: false };
}
