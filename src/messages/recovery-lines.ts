import type { StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { statePullCommand, statePushCommand } from './commands.ts';

const COMPARE =
  'To recover it, compare it with the state in S3 and push the right one, where the S3 backend is initialised:';

/**
 * How to recover a state that was not pushed. `details`: the reason of the error, if it is one of a state. `fetch`: the command
 * that fetches the state, undefined when its name fits in none. Pure.
 */
export function recoveryLines(
  scope: StateScope,
  details: StateErrorDetails['reason'] | undefined,
  fetch: string | undefined,
): string[] {
  const pull = [...line(fetch ?? FETCH), ...line(statePullCommand(scope, 'current.tfstate'))];
  if (details === 'state_unreadable') {
    return ["It can't be pushed as it is. To repair it by hand, compare it with the state in S3:", ...pull];
  }
  if (details !== 'push_refused') {
    const push = [COMPARE, ...pull, ...line(statePushCommand(scope, 'rescued.tfstate'))];
    return details !== undefined && SHARED.has(details) ? [...push, OTHER_WRITER] : push;
  }
  return [
    COMPARE,
    ...pull,
    '`terraform state push` has the same rules for lineage and serial, so it refuses this state too. Replace the state in S3',
    'only if this one is right as a whole (an older one restored on purpose, or one edited by hand):',
    ...line(statePushCommand(scope, 'rescued.tfstate', '-force')),
  ];
}

/** After these, somebody else may have written the state, or may do so before it is recovered. */
const SHARED: ReadonlySet<StateErrorDetails['reason']> = new Set([
  'state_conflict',
  'lock_lost',
  'changed_without_lock',
]);

/** Whoever wrote in between has raised the serial, so a plain push is refused just when a force would overwrite that work. */
const OTHER_WRITER =
  'If Terraform refuses it because of the serial, somebody else has written the state since. Add -force only if this one is right as a whole: it replaces theirs.';

const FETCH = 'Copy it from where it is kept to rescued.tfstate.';

function line(command: string | undefined): string[] {
  return command === undefined ? [] : [`  ${command}`];
}
