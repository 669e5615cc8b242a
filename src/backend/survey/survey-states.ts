import { compareTexts } from '../../text/compare-texts.ts';
import type { FoundLock } from '../lock/lock-store.ts';
import { listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';
import { isStateKey } from '../state/list-states.ts';
import { classifyObject } from './classify-object.ts';
import { type ScannedDigest, scanTable, type TableRow } from './scan-table.ts';

/** What one scan of the table and one listing of the bucket show about a state. */
export interface SurveyedState {
  readonly objectKey: string;
  /** Undefined: the table has no digest. */
  readonly digest: ScannedDigest | undefined;
  /** Undefined: the table has no lock item. */
  readonly item: FoundLock | undefined;
  readonly hasLockFile: boolean;
  /** Undefined: there is no object. */
  readonly object: SurveyedObject | undefined;
}

/** The state object as the listing shows it. */
export interface SurveyedObject {
  readonly etag: string | undefined;
  /** In ms since the epoch. Undefined when the store does not say. */
  readonly modifiedAt: number | undefined;
}

/** The states below a prefix, in the order of their keys. */
export interface StateSurvey {
  readonly states: readonly SurveyedState[];
  /** The number of states that were left out because there are too many. */
  readonly moreStates: number;
}

/** Which states to find. */
export interface StateRange {
  /** The prefix of the states' keys. Empty for the whole bucket. */
  readonly prefix: string;
  readonly table: string;
  readonly mostStates: number;
}

/**
 * Finds the states below a prefix with one scan of the table and one listing of the bucket, and reads none of them. A state
 * is anything with an item in the table or with a lock file, and any object whose key ends in `.tfstate`. Errors: AwsError.
 */
export async function surveyStates(
  backend: Backend,
  { prefix, table, mostStates }: StateRange,
): Promise<StateSurvey> {
  const states = new Map<string, MutableState>();
  const { bucket } = backend.address;
  for await (const rows of scanTable(backend.aws, { table, bucket, prefix })) {
    for (const row of rows) noteRow(states, row);
  }
  // The table first: a digest is written after its object, so the listing has the object of each digest.
  for await (const page of listObjects(backend, prefix)) {
    for (const { key, etag, modifiedAt } of page) noteObject(states, key, { etag, modifiedAt });
  }
  const sorted = [...states.values()].sort((one, other) => compareTexts(one.objectKey, other.objectKey));
  return { states: sorted.slice(0, mostStates), moreStates: Math.max(0, sorted.length - mostStates) };
}

type MutableState = { -readonly [Name in keyof SurveyedState]: SurveyedState[Name] };

function noteRow(states: Map<string, MutableState>, row: TableRow): void {
  const state = findState(states, row.objectKey);
  if (row.kind === 'digest') state.digest = row.digest;
  else state.item = row.lock;
}

function noteObject(states: Map<string, MutableState>, key: string, object: SurveyedObject): void {
  const found = classifyObject(key);
  if (found.kind === 'lock_file') findState(states, found.objectKey).hasLockFile = true;
  else if (isStateKey(key) || states.has(key)) findState(states, key).object = object;
}

function findState(states: Map<string, MutableState>, objectKey: string): MutableState {
  const known = states.get(objectKey);
  if (known !== undefined) return known;
  const state: MutableState = {
    objectKey,
    digest: undefined,
    item: undefined,
    hasLockFile: false,
    object: undefined,
  };
  states.set(objectKey, state);
  return state;
}
