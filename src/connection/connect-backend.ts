import type { Aws, FirstRequests } from '../aws/aws.ts';
import type { SessionNotice } from '../aws/failure.ts';
import { isUnderCustomerKey } from '../backend/objects/object-headers.ts';
import type { Backend, BackendSettings } from '../backend/settings.ts';
import type { ActionName, StateScope } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { STATE_KEYS } from '../job-state/saved-state.ts';
import { VERSION } from '../job-state/version.ts';
import { callLine } from '../messages/debug-text.ts';
import { sessionNoticeText } from '../messages/session-notice-text.ts';
import { requestIdToken } from '../runner/id-token.ts';
import type { Environment } from '../runner/inputs.ts';
import type { CleanupPhase } from '../runner/interrupt.ts';
import { type Job, readJob } from '../runner/job.ts';

/** The parts of a step's dependencies that a connection needs. */
export type ConnectDependencies = Pick<
  Dependencies,
  'env' | 'runner' | 'clock' | 'signal' | 'tryForMs' | 'random' | 'connect'
>;

/** Connects to the state's AWS account without any network call yet. Masks every credential before its first use. */
export function connectBackend(deps: ConnectDependencies, settings: BackendSettings): Backend {
  const { env, clock, signal, tryForMs, random, runner } = deps;
  const aws = deps.connect({
    settings: settings.aws,
    userAgent: userAgent(readJob(env)),
    env,
    clock,
    signal,
    tryForMs,
    hadCredentials: !isMain(env),
    random,
    fetchIdToken: (audience, until) => requestIdToken(env, audience, until),
    onSecret: (secret) => runner.mask(secret),
    onCall: (call) => runner.debug(callLine(call)),
    onNotice: (notice) => reportSessionNotice(deps, notice),
  });
  return { aws, objects: settings.objects, ...describeScope(settings, env) };
}

/** Connects to the backend for as long as `use` takes. Errors: those of `use`. */
export async function withBackend<Result>(
  deps: ConnectDependencies,
  settings: BackendSettings,
  use: (backend: Backend) => Promise<Result>,
): Promise<Result> {
  const backend = connectBackend(deps, settings);
  try {
    return await use(backend);
  } finally {
    backend.aws.destroy();
  }
}

/** What a step asks first. */
interface FirstUse extends Omit<FirstRequests, 'bucket' | 'isTableFirst'> {
  /** Whether nothing is asked of the state before the lock has answered. */
  readonly isLockFirst: boolean;
}

/** Opens the connections of the first requests before these are ready to be sent. Resolves when they are under way. Throws nothing. */
export async function openConnections(
  { aws, address, table, useLockfile }: Backend,
  { toTable = 1, isLockFirst = false, identity = false }: Partial<FirstUse> = {},
): Promise<void> {
  await aws.openConnections({
    bucket: address.bucket,
    toTable: table === undefined ? 0 : toTable,
    isTableFirst: isLockFirst && !useLockfile,
    identity,
  });
}

function reportSessionNotice(
  { env, runner }: Pick<Dependencies, 'env' | 'runner'>,
  notice: SessionNotice,
): void {
  const text = sessionNoticeText(notice);
  // Post and checkpointer repeat what main did and has already reported.
  if (isMain(env)) runner.notice(text);
  else runner.info(text);
}

const isMain = (env: Environment): boolean => !env[`STATE_${STATE_KEYS.session}`];

/** A connection whose calls end at an interrupt. */
export interface Interruptible {
  readonly aws: Pick<Aws, 'continueUnder'>;
}

/** After an interrupt, gives what must still be done its share of the little time that is left. */
export function allowCleanup(
  deps: Pick<Dependencies, 'signal' | 'cleanupSignal'>,
  backend: Interruptible,
  purpose: CleanupPhase,
): void {
  if (deps.signal.aborted) backend.aws.continueUnder(deps.cleanupSignal(purpose));
}

/** The scope of the settings, for messages. */
export function describeScope(settings: BackendSettings, env: Environment): StateScope {
  const { address, table, useLockfile, objects, aws } = settings;
  const { region, endpoints } = aws;
  const underCustomerKey = isUnderCustomerKey(objects);
  const where = { address, table, useLockfile, region, endpoints, underCustomerKey };
  return { ...where, action: actionName(env), githubServer: readJob(env).serverUrl };
}

/** A copied action has no such name, so the reader fills in the owner's. */
function actionName(env: Environment): ActionName {
  const { actionRepository, actionRef } = readJob(env);
  return actionRepository === '' || actionRef === ''
    ? { repository: 'OWNER/terraform-s3-state', ref: 'v1' }
    : { repository: actionRepository, ref: actionRef };
}

/** Names this action, its version, the run and its attempt, so CloudTrail's records lead back to the run. */
function userAgent(job: Job): [string, string?][] {
  const agent: [string, string?][] = [['terraform-s3-state', VERSION]];
  if (job.runId !== '') agent.push(['md/run_id', job.runId], ['md/attempt', job.runAttempt]);
  return agent;
}
