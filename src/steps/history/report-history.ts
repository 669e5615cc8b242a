import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import { NO_VERSION_ID } from '../../backend/state/list-versions.ts';
import type { StateScope } from '../../backend/state-error.ts';
import {
  entryJson,
  type NamedVersion,
  renderDiff,
  renderHistory,
  renderRestored,
} from '../../messages/history-text.ts';
import { stateJson } from '../../messages/state-json.ts';
import { describeStateFailure, type ErrorReason, firstCause } from '../../messages/to-reason-code.ts';
import type { ComparedVersion, VersionDiff } from './diff-versions.ts';
import type { History } from './read-history.ts';
import { type HistoryRefusalCode, HistoryRefused } from './refusal.ts';
import type { Restored } from './restore-version.ts';

/** The outputs of the history action; `history/action.yml` declares the same (a test compares them). */
export const HISTORY_OUTPUTS = [
  'versions',
  'added',
  'changed',
  'removed',
  'version_id',
  'serial',
  'reason_code',
  'result',
] as const;

/** The result of the action. */
export type HistoryEnd =
  | { readonly kind: 'listed'; readonly scope: StateScope; readonly history: History }
  | { readonly kind: 'compared'; readonly scope: StateScope; readonly diff: VersionDiff }
  | { readonly kind: 'restored'; readonly scope: StateScope; readonly restored: Restored };

/** Why the step ends as it does. */
export type HistoryCode = 'listed' | 'compared' | 'restored' | 'unchanged' | HistoryRefusalCode | ErrorReason;

/** The report of the result. Pure. */
export function describeEnd(end: HistoryEnd): ActionReport {
  switch (end.kind) {
    case 'listed':
      return describeList(end.scope, end.history);
    case 'compared':
      return describeDiff(end.scope, end.diff);
    case 'restored':
      return describeRestored(end.scope, end.restored);
  }
}

/** What workflows read about a failure. Pure. */
export function describeHistoryFailure(error: unknown): ActionFailure {
  const cause = firstCause(error);
  if (cause instanceof HistoryRefused) return { code: cause.code, details: {} };
  return describeStateFailure(error);
}

function describeList(scope: StateScope, { entries, hasMore, isVersioned }: History): ActionReport {
  const code: HistoryCode = 'listed';
  const state = stateJson(scope.address);
  return {
    code,
    details: { state, listed: entries.length, has_more: hasMore, versioned: isVersioned },
    outputs: { versions: JSON.stringify(entries.map(entryJson)) },
    summary: () => renderHistory(scope, entries, hasMore),
    problem: undefined,
  };
}

function describeDiff(scope: StateScope, { from, to, changes }: VersionDiff): ActionReport {
  const code: HistoryCode = 'compared';
  const outputs = {
    added: boundedJson(changes.added),
    changed: boundedJson(changes.changed),
    removed: boundedJson(changes.removed),
  };
  const counts = {
    added: changes.added.length,
    changed: changes.changed.length,
    removed: changes.removed.length,
  };
  const ends = { from: versionJson(toNamed(from)), to: versionJson(toNamed(to)) };
  return {
    code,
    details: { state: stateJson(scope.address), ...ends, counts },
    outputs,
    summary: () => renderDiff(scope, toNamed(from), toNamed(to), changes),
    problem: undefined,
  };
}

function describeRestored(scope: StateScope, restored: Restored): ActionReport {
  const { kind: code, from, fromSerial, serial, versionId } = restored;
  const source = { versionId: from.versionId, serial: fromSerial };
  const now = { versionId: versionId ?? NO_VERSION_ID, serial };
  return {
    code: code satisfies HistoryCode,
    details: { state: stateJson(scope.address), from: versionJson(source), version: versionJson(now) },
    outputs: { version_id: versionId ?? '', serial: String(serial) },
    summary: () => renderRestored(scope, source, now, code === 'restored'),
    problem: undefined,
  };
}

/** A version with the name that messages use. Pure. */
export function toNamed({ version, serial }: ComparedVersion): NamedVersion {
  return { versionId: version.versionId, serial };
}

function versionJson({ versionId, serial }: NamedVersion) {
  return { version_id: versionId, serial: serial === undefined ? null : String(serial) };
}

/** The characters of each list: all outputs of a job must fit in a megabyte. */
const LONGEST_LIST = 100_000;

/** As many addresses as fit in an output, from the first. The counts in `result` show whether these are all. */
function boundedJson(addresses: readonly string[]): string {
  const texts: string[] = [];
  let length = 0;
  for (const address of addresses) {
    const text = JSON.stringify(address);
    length += text.length + 1;
    if (length > LONGEST_LIST) break;
    texts.push(text);
  }
  return `[${texts.join(',')}]`;
}
