import { readStoredState } from '../../backend/state/pull.ts';
import { requireUsable } from '../../backend/state/usable-state.ts';
import { maskGivenKeys } from '../../inputs/mask-given-keys.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import { connectBackend, describeScope } from '../../job-state/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { freshLine, renderCheck } from '../../messages/check-text.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import { readJob } from '../../runner/job.ts';
import { type CheckInputs, readCheckInputs } from './check-inputs.ts';
import { compareState, type Freshness } from './compare-state.ts';
import { reportCheck } from './report-check.ts';

/**
 * The check action: tells whether a state is still the one that was planned on, and fails where it isn't. It never locks and never
 * writes to AWS. Errors are thrown, for the entry to explain.
 */
export async function check(deps: Dependencies): Promise<void> {
  maskGivenKeys(deps.env, deps.runner);
  await reportCheck(deps.runner, async () => {
    const inputs = await readActionInputs(deps, readJob(deps.env), readCheckInputs);
    const scope = describeScope(inputs.backend, deps.env);
    const freshness = await lookAndCompare(deps, inputs);
    const { fresh, expected, actual, state } = freshness;
    if (fresh) deps.runner.info(freshLine(scope, state?.valid.header.serial));
    await writeSummary(deps, () => renderCheck(scope, fresh, { expected, actual, current: state?.object }));
    return { scope, freshness };
  });
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
