import type { Aws } from '../aws/aws.ts';
import type { Backend, BackendSettings } from '../backend/settings.ts';
import type { LastWords } from '../runner/interrupt.ts';
import { type Job, readJob } from '../runner/job.ts';
import { VERSION } from '../version.ts';
import type { Dependencies } from './dependencies.ts';

/** Connects to the state's AWS; nothing reaches the network yet. Every credential is masked before its first use. */
export function connectBackend(deps: Dependencies, settings: BackendSettings): Backend {
  const { env, clock, signal, random, runner } = deps;
  const aws = deps.connect({
    settings: settings.aws,
    userAgent: userAgent(readJob(env)),
    env,
    clock,
    signal,
    random,
    onSecret: (secret) => runner.mask(secret),
  });
  return backendOf(aws, settings);
}

/** After an interrupt: what must still be done gets its share of the little time that is left. */
export function allowLastWords(deps: Dependencies, backend: Backend, purpose: LastWords): void {
  if (deps.signal.aborted) backend.aws.continueUnder(deps.lastWords(purpose));
}

function backendOf(aws: Aws, settings: BackendSettings): Backend {
  return {
    aws,
    region: settings.aws.region,
    endpoints: settings.aws.endpoints,
    address: settings.address,
    table: settings.dynamodbTable,
    objects: settings.objects,
  };
}

/** Names this action, its version, the run and its attempt, so that CloudTrail's lines lead back to the run. */
function userAgent(job: Job): [string, string?][] {
  const agent: [string, string?][] = [['terraform-s3-state', VERSION]];
  if (job.runId !== '') agent.push(['md/run_id', job.runId], ['md/attempt', job.runAttempt]);
  return agent;
}
