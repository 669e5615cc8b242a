import { type Action, runAction } from '../../action/run-action.ts';
import { readStoredState } from '../../backend/state/pull.ts';
import { requireUsable } from '../../backend/state/usable-state.ts';
import { connectBackend, describeScope } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { freshLine } from '../../messages/check-text.ts';
import { describeStateFailure } from '../../messages/reason-code.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import { type CheckInputs, readCheckInputs } from './check-inputs.ts';
import { compareState, type Freshness } from './compare-state.ts';
import { type CheckEnd, describeEnd } from './report-check.ts';

/**
 * The check action: tells whether a state is still the one that was planned on, and fails where it isn't. It never locks and never
 * writes to AWS. Errors are thrown, for the entry to explain.
 */
export function check(deps: Dependencies): Promise<void> {
  return runAction(deps, CHECK);
}

const CHECK: Action<Dependencies, CheckInputs, CheckEnd> = {
  secretInputs: [],
  readInputs: (deps, job) => readActionInputs(deps, job, readCheckInputs),
  work: checkState,
  describeEnd,
  describeFailure: describeStateFailure,
};

async function checkState(deps: Dependencies, inputs: CheckInputs): Promise<CheckEnd> {
  const scope = describeScope(inputs.backend, deps.env);
  const freshness = await lookAndCompare(deps, inputs);
  if (freshness.fresh) deps.runner.info(freshLine(scope, freshness.state?.valid.header.serial));
  return { scope, freshness };
}

async function lookAndCompare(
  deps: Dependencies,
  { backend: settings, fingerprint }: CheckInputs,
): Promise<Freshness> {
  const backend = connectBackend(deps, settings);
  try {
    const { clock, signal } = deps;
    const { state } = await readStoredState(backend, {
      clock,
      signal,
      onNotice: (notice) => reportPullNotice(deps, backend, notice),
    });
    return compareState(fingerprint, requireUsable(backend, state));
  } finally {
    backend.aws.destroy();
  }
}
