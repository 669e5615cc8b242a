import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { renderWrite, toLastWrite } from './describe-current.ts';
import { code, htmlTable } from './html.ts';
import { stateUrl } from './state-url.ts';

/**
 * The block on the job's page for a plan or a gate that refuses the job: why, what to do, and who wrote the state last.
 * `problems`: the errors in words, whose second line is the fix. Pure.
 */
export function renderRefused(
  scope: StateScope,
  problems: readonly string[],
  current: CurrentObject | undefined,
): string {
  const rows: [string, string][] = [['State', code(stateUrl(scope))]];
  for (const problem of problems) {
    const [why = '', fix = ''] = problem.split('\n');
    rows.push(['Why', code(why)]);
    if (fix !== '') rows.push(['Do', code(fix)]);
  }
  const none = 'none: there is no state now';
  rows.push(['Last write', current === undefined ? none : renderWrite(toLastWrite(current), scope)]);
  return ['### ❌ Terraform state: nothing was applied', '', htmlTable(rows), ''].join('\n');
}
