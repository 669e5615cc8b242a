import type { StateProvenance } from '../backend/records/provenance.ts';
import type { StateVersion } from '../backend/state/list-versions.ts';
import type { StateScope } from '../backend/state-error.ts';
import { formatTime, toIsoTime } from '../time/format-time.ts';
import { code, escapeHtml, htmlColumns, htmlTable } from './html.ts';
import { listNames } from './names-list.ts';
import { excerpt, plain } from './plain.ts';
import { type RunPages, renderRun } from './run-page.ts';
import { stateUrl } from './state-url.ts';

/** One version as a list shows it. */
export interface HistoryEntry {
  readonly version: StateVersion;
  /** Undefined for a delete marker, and for a state that can't be read. */
  readonly serial: bigint | undefined;
  /** Undefined when a client that leaves no name wrote it. */
  readonly provenance: StateProvenance | undefined;
  /** The number of managed resources that differ from the version before; undefined when unknown. */
  readonly changes: number | undefined;
  /** Ends the sentence "the state can't be used: ..."; undefined when it can be. */
  readonly problem: string | undefined;
}

/** A version's id, with its serial if it has one. */
export interface NamedVersion {
  readonly versionId: string;
  readonly serial: bigint | undefined;
}

/** The addresses that changed between two versions. */
export interface ShownChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const LONGEST_TEXT = 200;
const LIST_FIRST = 'List the versions with command: list.';

/** The log's line for a list. Pure. */
export function historyLine(scope: StateScope, count: number, hasMore: boolean): string {
  const which = hasMore ? `the newest ${countVersions(count)}` : countVersions(count);
  return `${stateUrl(scope)}: ${count === 0 ? 'no version' : which}.`;
}

/** The notice of a list when the bucket keeps no versions. Pure. */
export function unversionedNotice(scope: StateScope): string {
  return `The bucket ${scope.address.bucket} keeps no versions of ${stateUrl(scope)}: only the states before a job's first push are kept, as snapshots. Turn on versioning to keep every state.`;
}

/** The log's lines for a comparison. Pure. */
export function diffLines(
  scope: StateScope,
  from: NamedVersion,
  to: NamedVersion,
  changes: ShownChanges,
): string[] {
  const lines = (['added', 'changed', 'removed'] as const).flatMap((kind) => {
    const addresses = changes[kind];
    return addresses.length === 0 ? [] : [`  ${kind} (${addresses.length}): ${listNames(addresses)}`];
  });
  const what = lines.length === 0 ? 'no resource differs' : 'resources differ';
  return [`${stateUrl(scope)}, from ${name(from)} to ${name(to)}: ${what}.`, ...lines];
}

/** The log's line for a restore. Pure. */
export function restoredLine(
  scope: StateScope,
  from: NamedVersion,
  serial: bigint,
  isChanged: boolean,
): string {
  return isChanged
    ? `${stateUrl(scope)} is restored from ${name(from)}, as a new version with serial ${serial}.`
    : `${stateUrl(scope)} already has the outputs and resources of ${name(from)}, with serial ${serial}: nothing was written.`;
}

/** The job's page for a list. Pure. */
export function renderHistory(scope: StateScope, entries: readonly HistoryEntry[], hasMore: boolean): string {
  const names = ['Version', 'Time', 'Serial', 'Bytes', 'Changes', 'By'];
  const rows = entries.map((entry) => {
    const { version, serial, changes } = entry;
    const time = version.time === undefined ? '' : formatTime(version.time.getTime());
    const id = `${code(version.versionId)}${version.isCurrent ? ' (current)' : ''}`;
    return [
      id,
      time,
      String(serial ?? ''),
      String(version.size ?? ''),
      String(changes ?? ''),
      describeWriter(entry, scope),
    ];
  });
  const table = rows.length === 0 ? 'There is no state, and no version of one.' : htmlColumns(names, rows);
  const more = hasMore ? ['Older versions are not shown.', ''] : [];
  return [`### 🕘 Versions of ${code(stateUrl(scope))}`, '', table, '', ...more].join('\n');
}

function describeWriter({ version, provenance, problem }: HistoryEntry, pages: RunPages): string {
  if (version.kind === 'delete_marker') return '<b>deleted</b>';
  const trouble = problem === undefined ? '' : `<br>can't be used: ${escapeHtml(plain(problem))}`;
  if (provenance === undefined) return `unknown${trouble}`;
  const { actor, run, restoredFrom } = provenance;
  const from = restoredFrom === undefined ? '' : `<br>restored from ${code(restoredFrom)}`;
  return `${code(excerpt(actor, LONGEST_TEXT))} in ${renderRun(run, pages)}${from}${trouble}`;
}

/** The job's page for a comparison. Pure. */
export function renderDiff(
  scope: StateScope,
  from: NamedVersion,
  to: NamedVersion,
  changes: ShownChanges,
): string {
  const rows = (['added', 'changed', 'removed'] as const).map((kind): [string, string] => {
    const addresses = changes[kind];
    return [`${kind} (${addresses.length})`, addresses.length === 0 ? '' : code(listNames(addresses))];
  });
  const ends: [string, string][] = [
    ['State', code(stateUrl(scope))],
    ['From', code(name(from))],
    ['To', code(name(to))],
  ];
  return ['### 🔍 Two versions compared', '', htmlTable([...ends, ...rows]), ''].join('\n');
}

/** The job's page for a restore. Pure. */
export function renderRestored(
  scope: StateScope,
  from: NamedVersion,
  now: NamedVersion,
  isChanged: boolean,
): string {
  const title = isChanged ? '### ⏪ State restored' : '### ✅ The state already matches that version';
  const rows: [string, string][] = [
    ['State', code(stateUrl(scope))],
    ['From', code(name(from))],
    ['Now', code(name(now))],
  ];
  return [title, '', htmlTable(rows), ''].join('\n');
}

/** One entry of the output `versions`. The serial is a string, because JavaScript numbers don't keep all its digits. Pure. */
export function entryJson({ version, serial, provenance, changes, problem }: HistoryEntry) {
  const { kind, versionId, isCurrent, time, size } = version;
  const by = provenance && {
    actor: excerpt(provenance.actor, LONGEST_TEXT),
    run: excerpt(provenance.run, LONGEST_TEXT),
  };
  return {
    version_id: versionId,
    kind,
    current: isCurrent,
    time: toIsoTime(time?.getTime()),
    serial: serial === undefined ? null : String(serial),
    size: size ?? null,
    by: by ?? null,
    restored_from: provenance?.restoredFrom ?? null,
    changes: changes ?? null,
    problem: problem ?? null,
  };
}

function name({ versionId, serial }: NamedVersion): string {
  return `version ${plain(versionId)} (${serial === undefined ? 'deleted' : `serial ${serial}`})`;
}

function countVersions(count: number): string {
  return count === 1 ? 'one version' : `${count} versions`;
}

/** No state and no version. Pure. */
export function explainNoVersions(scope: StateScope): string {
  return [
    `There is no state at ${stateUrl(scope)}, and no version of one.`,
    'Check bucket, key, workspace and workspace_key_prefix.',
  ].join('\n');
}

/** The bucket keeps no versions. Pure. */
export function explainNotVersioned(scope: StateScope): string {
  return [
    `The bucket ${scope.address.bucket} keeps no versions of ${stateUrl(scope)}, and no job kept a snapshot, so the current state is the only one; nothing was changed.`,
    'Turn on versioning (aws s3api put-bucket-versioning) to make later states restorable.',
  ].join('\n');
}

/** No version matches. `which` ends "no version ...". Pure. */
export function explainNotFound(scope: StateScope, which: string): string {
  return `${stateUrl(scope)} has no version ${plain(which)}; nothing was changed. ${LIST_FIRST}`;
}

/** There is no earlier version. Pure. */
export function explainNoVersionBefore(scope: StateScope, versionId: string): string {
  return `${stateUrl(scope)} has no version before ${plain(versionId)} to compare it with. ${LIST_FIRST}`;
}

/** A version whose resources are unknown. `why` ends "...: ". Pure. */
export function explainNotComparable(scope: StateScope, versionId: string, why: string): string {
  return `Version ${plain(versionId)} of ${stateUrl(scope)} can't be compared: ${plain(why)}. Choose another version in from or to.`;
}

/** A version that can't be restored. Pure. */
export function explainUnusable(scope: StateScope, versionId: string, why: string): string {
  return `Version ${plain(versionId)} of ${stateUrl(scope)} can't be restored: ${plain(why)}; nothing was changed. Restore another version. ${LIST_FIRST}`;
}

/** No version has a readable serial. Pure. */
export function explainUnknownSerial(scope: StateScope): string {
  return [
    `No recent version of ${stateUrl(scope)} can be read, so the next serial is unknown; nothing was changed.`,
    'Download the right version with the AWS CLI, and push it with terraform state push.',
  ].join('\n');
}

/** An encrypted state. `versionId` may be `current`. Pure. */
export function explainEncrypted(scope: StateScope, versionId: string): string {
  const which = versionId === 'current' ? 'The current version' : `Version ${plain(versionId)}`;
  return [
    `${which} of ${stateUrl(scope)} is encrypted by OpenTofu, so nothing was restored.`,
    'Download the version with the AWS CLI, and push it with tofu state push, which has the key.',
  ].join('\n');
}

/** Another state under the same key. Pure. */
export function explainOtherLineage(
  scope: StateScope,
  versionId: string,
  { now, before }: { readonly now: string | undefined; readonly before: string },
): string {
  return [
    `Version ${plain(versionId)} of ${stateUrl(scope)} belongs to another state than the current one, so it was not restored.`,
    `  lineage of that version:  ${plain(before) || '(none)'}`,
    `  lineage of the state now: ${plain(now ?? '') || '(none)'}`,
    'A new state was created under this key. If you do not need it, delete it first (its versions stay), then restore.',
  ].join('\n');
}
