import type { Use } from '../backend/policy/uses.ts';
import type { StateScope } from '../backend/state-error.ts';
import { type Check, type CheckName, type CheckResult, fixLine, isHealthy } from './doctor-checks.ts';
import { block, code, escapeHtml, htmlColumns, link } from './html.ts';
import { findUrl, keepOurPage, type RunPages } from './run-page.ts';

const SIGNS: Readonly<Record<CheckResult, string>> = { ok: '✓', failed: '✗', advice: '⚠', not_checked: '–' };

const LABELS: Readonly<Record<CheckName, string>> = {
  credentials: 'Credentials',
  account: 'Account',
  caller: 'Caller',
  bucket: 'Bucket, region',
  versioning: 'Versioning',
  encryption: 'Encryption',
  public_access: 'Public access',
  table: 'Table',
  state: 'State',
  digest: 'Digest',
  lock: 'Lock',
  permissions_hold: 'May hold',
  permissions_outputs: 'May read outputs',
  permissions_unlock: 'May unlock',
};

const WORK: Readonly<Record<Use, string>> = {
  hold: 'holds the state',
  outputs: 'reads the outputs of',
  unlock: 'frees the lock of',
};

const WIDTH = Math.max(...Object.values(LABELS).map(({ length }) => length)) + 4;

/** The table for the log. Each fix has its own line. Pure. */
export function tableLines(checks: readonly Check[]): string[] {
  return checks.flatMap((check) => {
    const { name, result, found } = check;
    const fix = fixLine(check);
    return [
      `${`${SIGNS[result]} ${LABELS[name]}`.padEnd(WIDTH)}${found}`,
      ...(fix === undefined ? [] : [`${' '.repeat(WIDTH)}→ ${fix}`]),
    ];
  });
}

/** One line that stands on its own: what was found, and the fix. Pure. */
export function checkLine(check: Check): string {
  const { name, result, found } = check;
  const fix = fixLine(check);
  return `${SIGNS[result]} ${LABELS[name]}: ${found}${fix === undefined ? '' : ` → ${fix}`}`;
}

/** The error of the step; undefined when nothing would break a job. Pure. */
export function failureText(
  checks: readonly Check[],
  use: Use,
  { address }: Pick<StateScope, 'address'>,
): string | undefined {
  if (isHealthy(checks)) return undefined;
  const broken = checks.filter(({ result }) => result === 'failed');
  return [`A job that ${WORK[use]} ${address.lockPath} would fail:`, ...broken.map(checkLine)].join('\n');
}

/** One block of Markdown for the job's page. The fixes come below the table, because commands are long. Pure. */
export function renderSummary(checks: readonly Check[], scope: StateScope): string {
  const title = isHealthy(checks) ? '🩺 Terraform state: healthy' : '❌ Terraform state: not healthy';
  const rows = checks.map(({ name, result, found }) => [
    SIGNS[result],
    LABELS[name],
    linkRun(html(found), found, scope),
  ]);
  const fixes = checks.flatMap(renderFix);
  const toDo = fixes.length === 0 ? [] : ['', '#### What to do', '', ...fixes];
  const table = htmlColumns(['', 'Check', 'Found'], rows);
  return [`### ${title}`, '', code(scope.address.lockPath), '', table, ...toDo, ''].join('\n');
}

function renderFix({ name, fix, command }: Check): string[] {
  if (fix === undefined && command === undefined) return [];
  const colon = command === undefined ? '' : ':';
  const words = fix === undefined ? '' : `: ${html(fix)}${colon}`;
  const commands = command === undefined ? [] : [block(command)];
  return [`<p><strong>${LABELS[name]}</strong>${words}</p>`, ...commands];
}

/** Makes the page of a run that a text names a link. */
function linkRun(rendered: string, text: string, pages: RunPages): string {
  const page = keepOurPage(findUrl(text), pages);
  if (page === undefined) return rendered;
  const shown = escapeHtml(page);
  return rendered.replace(shown, () => link(shown, page));
}

/** Renders text in backticks as code. */
function html(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
