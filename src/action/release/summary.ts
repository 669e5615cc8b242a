import { DEFAULT_WORKSPACE } from '../../backend/address.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { formatDuration } from '../../runner/duration.ts';
import type { ResourceChanges } from '../../statefile/compare-resources.ts';
import { plain } from '../words/plain.ts';
import type { LockEnd } from './let-go.ts';
import { objectPage } from './object-page.ts';
import type { PushEnd } from './push-for-job.ts';

/** What the summary shows: names, numbers and addresses, never a value of the state. */
export interface SummaryFacts {
  readonly backend: BackendSettings;
  readonly push: PushEnd;
  readonly serialBefore: bigint | undefined;
  readonly changes: ResourceChanges | undefined;
  readonly waitedMs: number | undefined;
  readonly heldMs: number | undefined;
  readonly lock: LockEnd['kind'];
  /** The errors in words, if the step is red. */
  readonly problems: readonly string[];
}

// Addresses of one kind that are listed; a page of thousands helps nobody.
const LISTED = 50;

/** One block of Markdown for the job's page. Pure. */
export function renderSummary(facts: SummaryFacts): string {
  const { backend, push, waitedMs, heldMs } = facts;
  const { bucket, objectKey, workspace } = backend.address;
  const rows: [string, string][] = [
    ['State', link(code(`s3://${bucket}/${objectKey}`), objectPage(backend, push.pushed?.versionId))],
    ['Workspace', code(workspace)],
    ['Serial', serials(facts)],
    ['Resources', resources(facts)],
  ];
  if (waitedMs !== undefined && heldMs !== undefined) {
    rows.push([
      'Lock',
      `waited ${formatDuration(waitedMs)}, held ${formatDuration(heldMs)}, ${lockEnd(facts.lock)}`,
    ]);
  } else if (backend.dynamodbTable === undefined) {
    rows.push(['Lock', '⚠️ none: no <code>dynamodb_table</code> is set']);
  }
  const table = rows.map(([name, value]) => `<tr><th align="left">${name}</th><td>${value}</td></tr>`);
  return [
    `### ${title(facts)}`,
    '',
    `<table>\n${table.join('\n')}\n</table>`,
    ...lists(facts.changes),
    ...facts.problems.map((problem) => `<pre>${escapeHtml(problem)}</pre>`),
    '',
  ].join('\n');
}

function title({ push, backend, problems }: SummaryFacts): string {
  const { workspace } = backend.address;
  const name =
    workspace === DEFAULT_WORKSPACE ? 'Terraform state' : `Terraform state of ${escapeHtml(workspace)}`;
  const ends: Readonly<Record<PushEnd['decision']['kind'], string>> = {
    push: push.pushed ? 'pushed' : 'not pushed, kept',
    refuse: 'not pushed, kept',
    unchanged: 'unchanged',
    no_state: 'none yet',
    never: 'changed, not pushed',
    removed: 'left as it was',
    unknown: 'unreadable here, not pushed',
  };
  return `${problems.length > 0 ? '❌' : '🔒'} ${name}: ${ends[push.decision.kind]}`;
}

function serials({ push, serialBefore }: SummaryFacts): string {
  const before = serialBefore === undefined ? 'none' : String(serialBefore);
  const { decision } = push;
  if (!('local' in decision)) return before;
  const { inspection } = decision.local.facts;
  const after = inspection.kind === 'state' ? String(inspection.header.serial) : 'unreadable';
  return `${before} → ${after}${push.pushed ? '' : ' (not pushed)'}`;
}

function resources({ push, changes }: SummaryFacts): string {
  const { decision } = push;
  if (decision.kind === 'unchanged' || decision.kind === 'no_state') return 'no changes';
  if (!('local' in decision)) return 'not compared';
  if (changes === undefined) return 'too many, or unreadable: not compared';
  const { added, changed, removed } = changes;
  return `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
}

function lockEnd(lock: LockEnd['kind']): string {
  return {
    released: 'released',
    gone: 'freed by somebody else',
    taken: 'taken by somebody else',
    nothing: 'not held',
    failed: '❌ not released',
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

function code(text: string): string {
  return `<code>${escapeHtml(plain(text))}</code>`;
}

function link(html: string, url: string | undefined): string {
  return url === undefined ? html : `<a href="${escapeHtml(url)}">${html}</a>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
