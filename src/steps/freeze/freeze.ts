import { type Action, runAction } from '../../action/run-action.ts';
import type { StateAddress } from '../../backend/address.ts';
import type { Backend } from '../../backend/settings.ts';
import { withBackend } from '../../connection/connect-backend.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { freezeNotice, type StateEnd, shownLine, thawedLine } from '../../messages/freeze-report.ts';
import type { Job } from '../../runner/job.ts';
import { findStates } from './find-states.ts';
import { type FreezeInputs, readFreezeInputs } from './freeze-inputs.ts';
import { freezeStates } from './freeze-states.ts';
import { describeEnd, describeFreezeFailure, type FreezeActionEnd } from './report-freeze.ts';
import { showStates, thawStates } from './thaw-states.ts';

/**
 * The freeze action: freezes states until a date, thaws them, or shows whether they are frozen. Errors are thrown, for
 * the entry to explain.
 */
export function freeze(deps: Dependencies): Promise<void> {
  return runAction(deps, FREEZE);
}

const FREEZE: Action<Dependencies, FreezeInputs, FreezeActionEnd> = {
  secretInputs: [],
  readInputs: (deps, job) =>
    readActionInputs(deps, job, (sources) => readFreezeInputs(sources, deps.clock.now())),
  work: async (deps, inputs, job) => {
    const { command } = inputs;
    return await withBackend(deps, inputs.backend, async (backend) => {
      await backend.aws.signIn();
      const states = await work(deps, job, backend, await findStates(backend, inputs), command);
      const notice = freezeNotice(command.kind, states);
      if (notice !== undefined) deps.runner.notice(notice);
      return { deed: command.kind, states, pages: { githubServer: job.serverUrl } };
    });
  },
  describeEnd,
  describeFailure: describeFreezeFailure,
};

async function work(
  deps: LockedWorkDependencies,
  job: Job,
  backend: Backend,
  addresses: readonly StateAddress[],
  command: FreezeInputs['command'],
): Promise<StateEnd[]> {
  const { runner, clock } = deps;
  if (command.kind === 'freeze') return await freezeStates(deps, job, backend, addresses, command);
  if (command.kind === 'thaw') {
    const doer = { actor: job.actor, run: job.runUrl };
    return await thawStates(backend, addresses, (end) =>
      runner.info(thawedLine(end, doer, backend, clock.now())),
    );
  }
  const ends = await showStates(backend, addresses);
  for (const end of ends) runner.info(shownLine(end, backend, clock.now()));
  return ends;
}
