import type { EarlierPlan } from '../backend/plan-vault/find-last-plan.ts';
import type { PlanRecord, RecordedChanges } from '../backend/records/plan-record.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { CodeOfLastWrite } from '../job-state/saved-state.ts';
import type { OutputChanges } from '../statefile/output-changes.ts';
import { isDestroyed, type PlannedAction, type PlannedChange } from '../statefile/plan-changes.ts';
import { formatTime } from '../time/format-time.ts';
import { type LastWrite, renderWrite } from './describe-current.ts';
import { code, htmlTable } from './html.ts';
import { shortCommit } from './plain.ts';
import { countChanges } from './plan-text.ts';
import { stateUrl } from './state-url.ts';

/** A plan that somebody has to approve. */
export interface MadePlan {
  readonly planId: string;
  readonly record: Pick<PlanRecord, 'fingerprint' | 'changes'>;
  /** What the plan does to outputs; undefined when unknown. */
  readonly outputs: OutputChanges | undefined;
  /** When the planned state was written, and by whom; undefined when there was none. */
  readonly lastWrite: LastWrite | undefined;
  /** How the plan's code relates to that of the last write; undefined: unknown. */
  readonly codeOfLastWrite: CodeOfLastWrite | undefined;
  /** The previous plan for the same pull request or branch; undefined when none is known. */
  readonly before: EarlierPlan | undefined;
}

/** The characters of all lists together: GitHub drops a summary of more than 1 MiB. */
const ROOM = 200_000;
/** The number of resources listed for one module. */
const LISTED = 100;

const WORDS: Readonly<Record<PlannedAction, string>> = {
  delete: 'destroyed',
  replace: 'replaced',
  forget: 'forgotten',
  update: 'changed',
  create: 'added',
  read: 'read',
  'no-op': 'unchanged',
};

const DESTROYING: readonly PlannedAction[] = ['delete', 'replace'];
const OTHER: readonly PlannedAction[] = ['forget', 'update', 'create', 'read'];

/**
 * One block of Markdown on what a plan does, for whoever approves it. What can break something comes first, and open: what the plan
 * destroys and replaces, then outputs that it removes or retypes. The other changes follow by module. Each change is listed once.
 * Shows addresses, the names of outputs and actions, never a value. Pure.
 */
export function renderPlan(
  scope: StateScope,
  { planId, record, outputs, lastWrite, codeOfLastWrite, before }: MadePlan,
): string {
  const { changes, fingerprint } = record;
  const does = changes === undefined ? 'its changes are unknown without plan_json' : countChanges(changes);
  const rows: [string, string][] = [
    ['State', code(stateUrl(scope))],
    ['Fingerprint', code(fingerprint)],
    ['Last write', lastWrite === undefined ? 'none: there is no state yet' : renderWrite(lastWrite, scope)],
  ];
  if (codeOfLastWrite !== undefined) rows.push(['Code of the last write', describeCode(codeOfLastWrite)]);
  if (before !== undefined)
    rows.push(['Since the last plan', describeMove(before, fingerprint, lastWrite !== undefined)]);
  const destroyed = changes && renderDestroyed(changes);
  const others = changes === undefined ? [] : renderOthers(changes);
  const outputList = outputs && renderOutputs(outputs);
  const lists = outputs && breaksReaders(outputs) ? [outputList, ...others] : [...others, outputList];
  const shown = [destroyed, ...lists].filter((list) => list !== undefined);
  return [`### 📋 Plan ${planId}: ${does}`, '', htmlTable(rows), ...shown, ''].join('\n');
}

function breaksReaders({ removed, retyped }: OutputChanges): boolean {
  return removed.length + retyped.length > 0;
}

/** Removed and retyped outputs come first: other jobs and states may read them. Undefined when no output changes. */
function renderOutputs(outputs: OutputChanges): string | undefined {
  const { removed, retyped, changed, added, isComplete } = outputs;
  const items = [
    ...renderNames(removed, '❌ removed'),
    ...renderNames(retyped, '❌ retyped'),
    ...renderNames(changed, 'changed'),
    ...renderNames(added, 'added'),
  ];
  if (!isComplete) items.push('<li><em>The plan changes more outputs than this list shows.</em></li>');
  if (items.length === 0) return undefined;
  const isBroken = breaksReaders(outputs);
  const title = isBroken
    ? `❌ removed or retyped outputs: ${removed.length + retyped.length}. Jobs that read them will fail`
    : `outputs: ${changed.length + added.length}`;
  return renderList(title, items, items.length, isBroken);
}

function renderNames(names: readonly string[], word: string): string[] {
  const items = names.slice(0, LISTED).map((name) => `<li>${code(name)} ${word}</li>`);
  if (names.length > LISTED) items.push(`<li>and ${names.length - LISTED} more ${word}</li>`);
  return items;
}

/** What an approver has to know of the code from which the state was last written, in HTML. */
function describeCode({ commit, missing }: CodeOfLastWrite): string {
  const short = code(shortCommit(commit));
  if (missing === 0) return `commit ${short}, which is part of this plan's code`;
  if (missing === 1) {
    return `⚠️ commit ${short}. <strong>This plan's code lacks it</strong>, so the plan may undo what it changed. Merge it, then plan again`;
  }
  const earlier = missing === 2 ? 'one commit' : `${missing - 1} commits`;
  return `⚠️ commit ${short}. <strong>This plan's code lacks it and ${earlier} before it</strong>, so the plan may undo what they changed. Merge them, then plan again`;
}

/** What changed since the previous plan, in HTML. Only the state's last write is known; there may have been several. */
function describeMove({ planId, record }: EarlierPlan, fingerprint: string, isThere: boolean): string {
  const { changes, createdAt } = record;
  const then = changes === undefined ? '' : `: ${countChanges(changes)}`;
  const which = `plan ${code(planId)} (${formatTime(createdAt)}${then})`;
  if (record.fingerprint === fingerprint) return `the state has not changed since ${which}`;
  return isThere
    ? `⚠️ <strong>the state has changed</strong> since ${which}`
    : `⚠️ <strong>the state is gone</strong> since ${which}`;
}

/** Every listed change that ends the life of an object, open; undefined when there is none. */
function renderDestroyed({ changes, counts }: RecordedChanges): string | undefined {
  const total = counts.delete + counts.replace;
  if (total === 0) return undefined;
  const items: string[] = [];
  let room = ROOM;
  for (const change of changes.filter(isDestroyed)) {
    const item = renderChange(change);
    room -= item.length;
    if (room < 0) break;
    items.push(item);
  }
  return renderList(`❌ ${describeCounts(DESTROYING, (action) => counts[action])}`, items, total, true);
}

/** Every other change, by module. */
function renderOthers({ changes, isComplete }: RecordedChanges): string[] {
  const lists: string[] = [];
  let room = ROOM;
  for (const [module, ones] of byModule(changes.filter((change) => !isDestroyed(change)))) {
    const items = ones.slice(0, LISTED).map(renderChange);
    const list = renderList(nameModule(module, ones), items, ones.length, false);
    room -= list.length;
    if (room < 0) return [...lists, '<p><em>The rest did not fit here.</em></p>'];
    lists.push(list);
  }
  return isComplete
    ? lists
    : [...lists, '<p><em>The plan changes more resources than this list shows.</em></p>'];
}

function byModule(changes: readonly PlannedChange[]): [string, readonly PlannedChange[]][] {
  const modules = new Map<string, PlannedChange[]>();
  for (const change of changes) {
    const ones = modules.get(change.module) ?? [];
    ones.push(change);
    modules.set(change.module, ones);
  }
  return [...modules].sort(([a], [b]) => (a < b ? -1 : 1));
}

function nameModule(module: string, changes: readonly PlannedChange[]): string {
  const counts = describeCounts(OTHER, (action) => changes.filter((one) => one.action === action).length);
  return `${module === '' ? 'root module' : code(module)}: ${counts}`;
}

/** `1 changed, 2 added`: the actions that occur. */
function describeCounts(actions: readonly PlannedAction[], count: (action: PlannedAction) => number): string {
  return actions
    .filter((action) => count(action) > 0)
    .map((action) => `${count(action)} ${WORDS[action]}`)
    .join(', ');
}

function renderChange({ address, action, deposed }: PlannedChange): string {
  // The resource itself stays: without these words, the page would announce its end.
  const which = deposed === undefined ? '' : `: only its deposed object ${code(deposed)}`;
  return `<li>${code(address)} ${WORDS[action]}${which}</li>`;
}

/** A foldable list of `total` things, of which `items` are shown. */
function renderList(title: string, items: readonly string[], total: number, isOpen: boolean): string {
  const rest = total - items.length;
  const lines = rest > 0 ? [...items, `<li>and ${rest} more</li>`] : items;
  return `<details${isOpen ? ' open' : ''}><summary>${title}</summary>\n<ul>\n${lines.join('\n')}\n</ul>\n</details>`;
}
