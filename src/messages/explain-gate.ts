import type { DetailsOf, GateDetails, StateScope } from '../backend/state-error.ts';
import type { PlannedChange } from '../statefile/plan-changes.ts';
import { lastWriteLine } from './describe-current.ts';
import { explainMovedState, NOTHING_RAN, PLAN_AGAIN } from './moved-state-text.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** The number of resources named one by one. */
const SHOWN = 50;

/** The words for a gate that refuses: what it found, what it demands and what to do. Pure. */
export function explainGate(scope: StateScope, details: GateDetails): string {
  switch (details.reason) {
    case 'fingerprint_mismatch':
      return explainMovedState(scope, details, {
        since: `the plan was made${NOTHING_RAN}`,
        fix: PLAN_AGAIN,
        given: 'expected (expect_fingerprint)',
      });
    case 'serial_mismatch':
      return explainSerial(scope, details);
    case 'lineage_mismatch':
      return explainLineage(scope, details);
    case 'state_missing':
      return [
        `There is no state at ${stateUrl(scope)}, but require_existing_state demands one${NOTHING_RAN}.`,
        'An apply would create everything again. Check bucket, key and workspace, or restore the state.',
        'For the first job of a new state, leave require_existing_state out.',
      ].join('\n');
    case 'workspace_missing':
      return [
        `There is no workspace ${plain(details.workspace)} (${stateUrl(scope)}), and create_workspace: false forbids creating it${NOTHING_RAN}.`,
        'Check the name, or create the workspace with workspaces/ (command: new) or terraform workspace new.',
      ].join('\n');
    case 'destroy_forbidden':
      return explainDestroy(scope, details);
  }
}

function explainSerial(
  scope: StateScope,
  { expected, actual, current }: DetailsOf<'serial_mismatch'>,
): string {
  const what =
    actual === undefined
      ? `There is no state at ${stateUrl(scope)}, but expect_serial demands serial ${expected}`
      : `The state ${stateUrl(scope)} has serial ${actual}, but expect_serial demands ${expected}`;
  return [`${what}${NOTHING_RAN}.`, PLAN_AGAIN, lastWriteLine(current)].join('\n');
}

function explainLineage(
  scope: StateScope,
  { expected, actual, current }: DetailsOf<'lineage_mismatch'>,
): string {
  return [
    `The state ${stateUrl(scope)} is not the one that expect_lineage demands${NOTHING_RAN}.`,
    'Check bucket, key and workspace. If somebody recreated the state, plan again.',
    lastWriteLine(current),
    `  expected (expect_lineage): ${plain(expected)}`,
    `  now:                       ${actual === undefined ? '(no state)' : plain(actual)}`,
  ].join('\n');
}

function explainDestroy(scope: StateScope, { changes }: DetailsOf<'destroy_forbidden'>): string {
  const count = changes.length === 1 ? 'a resource' : `${changes.length} resources`;
  const more = changes.length > SHOWN ? [`  and ${changes.length - SHOWN} more`] : [];
  return [
    `The plan for ${stateUrl(scope)} destroys ${count} that forbid_destroy protects${NOTHING_RAN}.`,
    'If you mean to destroy them, name each in allow_destroy by its address or a glob. Otherwise change the configuration and plan again.',
    ...changes.slice(0, SHOWN).map(describeChange),
    ...more,
  ].join('\n');
}

function describeChange({ address, action, deposed }: PlannedChange): string {
  const what = action === 'replace' ? 'replaced' : 'destroyed';
  const which = deposed === undefined ? '' : `, its deposed object ${plain(deposed)}`;
  return `  ${plain(address)} (${what}${which})`;
}
