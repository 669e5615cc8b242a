import type { StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { statePullCommand, statePushCommand } from './commands.ts';

const COMPARE =
  'To recover it, compare it with the state in S3 and push the right one, where the S3 backend is initialised:';

/**
 * How to recover a state that was not pushed because of `fault`; `fetch` is the command that fetches it, undefined where its
 * name fits into none. Pure.
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
    return [COMPARE, ...pull, ...line(statePushCommand(scope, 'rescued.tfstate'))];
  }
  return [
    COMPARE,
    ...pull,
    '`terraform state push` has the same rules of lineage and serial, so it refuses this state too. Only if the state',
    'is right as a whole (an older one that was restored on purpose, one that was edited by hand), replace the one in S3 with it:',
    ...line(statePushCommand(scope, 'rescued.tfstate', '-force')),
  ];
}

const FETCH = 'Fetch it from where it is kept as rescued.tfstate.';

function line(command: string | undefined): string[] {
  return command === undefined ? [] : [`  ${command}`];
}
