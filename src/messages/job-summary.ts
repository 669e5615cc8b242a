import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { LockMode, LockTimes } from '../job-state/saved-state.ts';
import type { ResourceChanges } from '../statefile/compare-resources.ts';
import { formatDuration } from '../time/duration.ts';
import { block, code, escapeHtml, htmlColumns, htmlTable, link } from './html.ts';
import { objectPage } from './object-page.ts';
import type { PushKind } from './push-text.ts';
import { renderWaitedHolders } from './wait-text.ts';

/** What happened to the lock. */
export type LockEndKind = 'released' | 'gone' | 'taken' | 'nothing' | 'failed' | 'kept';

/** What the summary shows about a push. */
export interface PushSummary {
  readonly kind: PushKind;
  readonly isPushed: boolean;
  /** Whether the state is or may be stored although the push failed, because the lock was lost meanwhile. */
  readonly mayBeStored: boolean;
  /** Of the object that was stored. */
  readonly versionId: string | undefined;
  /** Of the job's state; undefined when there was none to push. */
  readonly serial: bigint | 'unreadable' | undefined;
}

/** What the summary shows about the lock. */
export interface LockFacts {
  readonly backend: BackendSettings;
  /** Undefined when the job had no lock. */
  readonly times: LockTimes | undefined;
  readonly heldMs: number | undefined;
  readonly lock: LockEndKind;
  /** The errors in words, if the step failed. */
  readonly problems: readonly string[];
}

/** What the summary shows: names, numbers and addresses, never a value from the state. */
export interface SummaryFacts extends LockFacts {
  readonly mode: LockMode;
  readonly push: PushSummary;
  readonly serialBefore: bigint | undefined;
  readonly changes: ResourceChanges | undefined;
}

/** What the summary shows about one state, or only about its lock. */
export type ReleaseSummary =
  | ({ readonly kind: 'state' } & SummaryFacts)
  | ({ readonly kind: 'lock' } & LockFacts);

// The number of addresses listed of one kind; a page with thousands of them helps nobody.
const LISTED = 50;

/** One block of Markdown for the job's page; `timeline` is Markdown. Pure. */
export function renderSummary(facts: SummaryFacts, timeline?: string): string {
  const { backend, push } = facts;
  const { bucket, objectKey, workspace } = backend.address;
  const rows: [string, string][] = [
    ['State', link(code(`s3://${bucket}/${objectKey}`), objectPage(backend, push.versionId))],
    ['Workspace', code(workspace)],
    ['Serial', serials(facts)],
    ['Resources', resources(facts)],
  ];
  const lock = lockText(facts, facts.mode);
  if (lock !== undefined) rows.push(['Lock', lock], ...waitRows(facts));
  return [
    `### ${title(facts)}`,
    '',
    htmlTable(rows),
    ...lists(facts.changes),
    ...facts.problems.map((problem) => block(problem)),
    ...(timeline === undefined ? [] : [timeline]),
    '',
  ].join('\n');
}

/** The same for a job that held only the lock. Pure. */
export function renderLockSummary(facts: LockFacts, timeline?: string): string {
  const { bucket, objectKey, workspace } = facts.backend.address;
  const rows: [string, string][] = [
    ['State', link(code(`s3://${bucket}/${objectKey}`), objectPage(facts.backend, undefined))],
    ['Workspace', code(workspace)],
    ['Lock', lockText(facts, 'hold') ?? lockEnd(facts.lock)],
    ...waitRows(facts),
  ];
  return [
    `### ${mark(facts)} ${nameResource(facts)}: lock only`,
    '',
    htmlTable(rows),
    ...facts.problems.map((problem) => block(problem)),
    ...(timeline === undefined ? [] : [timeline]),
    '',
  ].join('\n');
}

/** What the summary shows about one of several states. */
export interface NamedSummary {
  /** The job's name for the state. */
  readonly name: string;
  readonly summary: ReleaseSummary;
}

/** One block for all states of a step, with a row for each. Pure. */
export function renderStatesSummary(states: readonly NamedSummary[]): string {
  const problems = states.flatMap(({ summary }) => summary.problems);
  const ends = states.map(({ summary }) => describeEnd(summary));
  const counts = [...new Set(ends)].map((end) => `${ends.filter((other) => other === end).length} ${end}`);
  const names = ['', 'State', 'End', 'Serial', 'Resources', 'Lock'];
  return [
    `### ${mark({ problems })} Terraform states: ${counts.join(', ')}`,
    '',
    htmlColumns(names, states.map(toRow)),
    ...states.flatMap(renderDetails),
    '',
  ].join('\n');
}

function describeEnd(summary: ReleaseSummary): string {
  return summary.kind === 'lock' ? 'lock only' : describePush(summary.push);
}

function toRow({ name, summary }: NamedSummary): string[] {
  const { bucket, objectKey, workspace } = summary.backend.address;
  const versionId = summary.kind === 'lock' ? undefined : summary.push.versionId;
  const url = link(code(`s3://${bucket}/${objectKey}`), objectPage(summary.backend, versionId));
  const isLock = summary.kind === 'lock';
  const lock = lockText(summary, isLock ? 'hold' : summary.mode) ?? lockEnd(summary.lock);
  const waited = waitRows(summary).map(([what, holders]) => `<br>${what.toLowerCase()} ${holders}`);
  return [
    summary.problems.length > 0 ? `❌ ${code(name)}` : code(name),
    workspace === DEFAULT_WORKSPACE ? url : `${url}<br>workspace ${code(workspace)}`,
    describeEnd(summary),
    isLock ? '' : serials(summary),
    isLock ? '' : resources(summary),
    `${lock}${waited.join('')}`,
  ];
}

/** What does not fit in a row, below the state's name. */
function renderDetails({ name, summary }: NamedSummary): string[] {
  const details = [
    ...(summary.kind === 'lock' ? [] : lists(summary.changes)),
    ...summary.problems.map((problem) => block(problem)),
  ];
  return details.length === 0 ? [] : ['', `#### ${code(name)}`, '', ...details];
}

function waitRows({ times }: LockFacts): [string, string][] {
  const waitedFor = times?.waitedFor ?? [];
  return waitedFor.length === 0 ? [] : [['Waited for', renderWaitedHolders(waitedFor)]];
}

function lockText({ backend, times, heldMs, lock }: LockFacts, mode: LockMode): string | undefined {
  if (times !== undefined && heldMs !== undefined) {
    return `waited ${formatDuration(times.waitedMs)}, held ${formatDuration(heldMs)}, ${lockEnd(lock)}`;
  }
  if (mode === 'none') return 'not taken: <code>lock: none</code>';
  const isLocked = backend.table !== undefined || backend.useLockfile;
  return isLocked
    ? undefined
    : '⚠️ not taken: neither <code>dynamodb_table</code> nor <code>use_lockfile</code> is set';
}

function nameResource({ backend }: LockFacts): string {
  const { workspace } = backend.address;
  return workspace === DEFAULT_WORKSPACE ? 'Terraform state' : `Terraform state of ${escapeHtml(workspace)}`;
}

function mark({ problems }: Pick<LockFacts, 'problems'>): string {
  return problems.length > 0 ? '❌' : '🔒';
}

function title(facts: SummaryFacts): string {
  return `${mark(facts)} ${nameResource(facts)}: ${describePush(facts.push)}`;
}

function describePush({ kind, isPushed, mayBeStored }: PushSummary): string {
  const ends: Readonly<Record<PushKind, string>> = {
    push: isPushed ? 'pushed' : `${mayBeStored ? 'push in doubt' : 'not pushed'}, kept`,
    refuse: 'not pushed, kept',
    checkpointed: 'pushed while the job ran',
    unchanged: 'unchanged',
    no_state: 'none yet',
    never: 'changed, not pushed',
    removed: 'left as it was',
    unknown: 'unreadable here, not pushed',
  };
  return ends[kind];
}

function serials({ push, serialBefore }: SummaryFacts): string {
  const before = serialBefore === undefined ? 'none' : String(serialBefore);
  if (push.serial === undefined) return before;
  return `${before} → ${push.serial}${describeSerial(push)}`;
}

function describeSerial({ isPushed, mayBeStored }: PushSummary): string {
  if (isPushed) return '';
  return mayBeStored ? ' (in doubt)' : ' (not pushed)';
}

function resources({ push, changes }: SummaryFacts): string {
  if (push.kind === 'unchanged' || push.kind === 'no_state') return 'no changes';
  if (push.serial === undefined) return 'not compared';
  if (changes === undefined) return 'too many, or unreadable: not compared';
  const { added, changed, removed } = changes;
  return `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
}

function lockEnd(lock: LockEndKind): string {
  return {
    released: 'released',
    gone: 'freed by somebody else',
    taken: 'taken by somebody else',
    nothing: 'not held',
    failed: '❌ not released',
    kept: '❌ kept, because Terraform still works under it',
  }[lock];
}

function lists(changes: ResourceChanges | undefined): string[] {
  if (changes === undefined) return [];
  const kinds: [string, readonly string[]][] = [
    ['added', changes.added],
    ['changed', changes.changed],
    ['removed', changes.removed],
  ];
  return kinds
    .filter(([, addresses]) => addresses.length > 0)
    .map(([kind, addresses]) => list(kind, addresses));
}

function list(kind: string, addresses: readonly string[]): string {
  const items = addresses.slice(0, LISTED).map((address) => `<li>${code(address)}</li>`);
  if (addresses.length > LISTED) items.push(`<li>and ${addresses.length - LISTED} more</li>`);
  return `<details><summary>${addresses.length} ${kind}</summary>\n<ul>\n${items.join('\n')}\n</ul>\n</details>`;
}
