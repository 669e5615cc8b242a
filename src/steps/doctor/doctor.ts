import { type Action, runAction } from '../../action/run-action.ts';
import { hasAccountRule } from '../../aws/account-rule.ts';
import { assumesRole } from '../../aws/settings.ts';
import type { Backend } from '../../backend/settings.ts';
import { readOutputs } from '../../backend/state/read-outputs.ts';
import type { ConnectDependencies } from '../../connection/connect-backend.ts';
import { describeScope, withBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type Check, withoutLook } from '../../messages/doctor-checks.ts';
import { checkLine, tableLines } from '../../messages/doctor-table.ts';
import { explain } from '../../messages/explain.ts';
import { describeFailure } from '../../messages/to-reason-code.ts';
import { readJob } from '../../runner/job.ts';
import type { Clock } from '../../time/clock.ts';
import { decideIdentity } from './decide-identity.ts';
import { decidePermissions } from './decide-permissions.ts';
import { decideSetup } from './decide-setup.ts';
import { decideState } from './decide-state.ts';
import { type DoctorInputs, readDoctorInputs } from './doctor-inputs.ts';
import type { IdentityFindings, SeenState, Subject } from './findings.ts';
import { lookAtIdentity, lookAtSetup, lookAtState } from './look.ts';
import { type DoctorEnd, describeEnd } from './report-doctor.ts';

/**
 * The doctor action: checks whether jobs can work with a state, and names the fix for what they can't do. It changes
 * nothing. Errors are thrown, for the entry to explain.
 */
export function doctor(deps: Dependencies): Promise<void> {
  return runAction(deps, DOCTOR);
}

const DOCTOR: Action<Dependencies, DoctorInputs, DoctorEnd> = {
  secretInputs: [],
  readInputs: (deps, job) => readActionInputs(deps, job, readDoctorInputs),
  work: inspect,
  describeEnd,
  describeFailure,
};

async function inspect(deps: ConnectDependencies, inputs: DoctorInputs): Promise<DoctorEnd> {
  const checks = await lookAndDecide(deps, inputs);
  for (const line of tableLines(checks)) deps.runner.info(line);
  for (const check of checks) if (check.result === 'advice') deps.runner.warning(checkLine(check));
  return { scope: describeScope(inputs.backend, deps.env), use: inputs.use, checks };
}

async function lookAndDecide(deps: ConnectDependencies, inputs: DoctorInputs): Promise<Check[]> {
  return await withBackend(deps, inputs.backend, async (backend) => {
    const identity = await lookAtIdentity(backend, inputs.skipCredentialsValidation);
    if (identity.signIn.kind !== 'failed') return await lookOver(deps, backend, inputs, identity);
    deps.signal.throwIfAborted();
    // With its layout, which a line of the table does not keep.
    deps.runner.info(explain(identity.signIn.error, deps.clock.now()));
    const made = decideIdentity(identity, describeSubject(deps, inputs, identity));
    return withoutLook(made);
  });
}

async function lookOver(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal'>,
  backend: Backend,
  inputs: DoctorInputs,
  identity: IdentityFindings,
): Promise<Check[]> {
  const [setup, state] = await Promise.all([
    lookAtSetup(backend),
    lookAtState(backend, inputs.use, () => readSerial(deps, backend)),
  ]);
  deps.signal.throwIfAborted();
  const subject = describeSubject(deps, inputs, identity, backend.aws.principal());
  return [
    ...decideIdentity(identity, subject),
    ...decideSetup(setup, state, subject),
    ...decideState(state, subject),
    ...decidePermissions(setup, state, subject),
  ];
}

function describeSubject(
  { env, clock }: Pick<Dependencies, 'env' | 'clock'>,
  { backend: settings, use }: DoctorInputs,
  { caller }: IdentityFindings,
  principal?: string,
): Subject {
  const { aws, objects } = settings;
  const known = caller.kind === 'answered' ? caller.value.arn : principal;
  return {
    scope: describeScope(settings, env),
    use,
    objects,
    caller: known ?? 'these credentials',
    hasWebIdentity: aws.credentials.webIdentity?.token.from === 'github',
    hasAccountRule: hasAccountRule(aws.accounts),
    assumesRole: assumesRole(aws.credentials),
    runUrl: readJob(env).runUrl,
    now: clock.now(),
  };
}

/** Reads the state as outputs/ does: with its digest, and as far as necessary. */
async function readSerial(
  { clock, signal }: Pick<Dependencies, 'clock' | 'signal'>,
  backend: Backend,
): Promise<SeenState | undefined> {
  const read = await readOutputs(backend, { clock: hasty(clock), signal, onNotice: () => {} });
  return read && { serial: String(read.header.serial) };
}

/**
 * A clock on which the time for object and digest to agree (docs/protocol.md#waiting-for-consistency) ends after one
 * more read.
 */
function hasty(clock: Pick<Clock, 'monotonic' | 'sleep'>): Pick<Clock, 'monotonic' | 'sleep'> {
  let skippedMs = 0;
  return {
    monotonic: () => clock.monotonic() + skippedMs,
    sleep: async (milliseconds, signal) => {
      await clock.sleep(milliseconds, signal);
      skippedMs += 60_000;
    },
  };
}
