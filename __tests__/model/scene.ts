import { connectAws } from '../../src/aws/connect.ts';
import type { LookUpRun } from '../../src/github/run-status.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { fakeMachine } from '../job-state/support.ts';
import { DUMMY_KEYS, REGION } from '../support/aws.ts';
import type { Process } from './actor.ts';
import type { Referee } from './referee.ts';
import type { Stage } from './stage.ts';
import { watchClients } from './watch.ts';
import type { World } from './world.ts';

/** What our actors share. */
export interface Scene {
  readonly stage: Stage;
  readonly world: World;
  readonly referee: Referee;
  /** The RUNNER_TEMP of all jobs. */
  readonly temp: string;
  readonly lookUpRun: LookUpRun;
}

// Each job has a runner of its own, on which no Terraform runs.
const MACHINE = fakeMachine();

/** What differs from process to process. */
type Own = Pick<Dependencies, 'runner' | 'processes' | 'env'>;

/** The real parts, except for the turns that every call waits for. */
export function dependencies(
  { stage, world, referee, lookUpRun }: Scene,
  process: Process,
  own: Own,
): Dependencies {
  const { signal } = process.cancel;
  return {
    ...own,
    signal,
    lookUpRun,
    machine: MACHINE,
    clock: {
      now: stage.now,
      monotonic: stage.now,
      sleep: (milliseconds, signal) => stage.sleep(process, milliseconds, signal),
    },
    cleanupSignal: () => new AbortController().signal,
    tryForMs: 0,
    random: () => 0.5,
    connect: (options) => {
      const aws = connectAws(options);
      watchClients({ s3: aws.s3.load(), dynamodb: aws.dynamodb }, world, (committed) =>
        referee.committed(process.actor, committed),
      );
      return {
        ...aws,
        call: (description, send) =>
          aws.call(description, (signal) => stage.request(process, signal, (late) => send(late))),
      };
    },
  };
}

/** Logs nothing. */
export const silentRunner: Runner = {
  info: () => {},
  debug: () => {},
  notice: () => {},
  warning: () => {},
  fail: () => {},
  mask: () => {},
  output: () => {},
  saveState: () => {},
  exportVariable: () => {},
  summary: async () => {},
  group: (_, work) => work(),
};

export function jobEnv({ temp }: Pick<Scene, 'temp'>, runId: string): Record<string, string> {
  return {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_WORKFLOW: 'Deploy',
    GITHUB_JOB: 'apply',
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'mona',
    RUNNER_NAME: 'runner-1',
    RUNNER_TEMP: temp,
    GITHUB_WORKSPACE: temp,
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The inputs that locate the state and its lock. */
export function backendInputs({ clients, fixture, key, locking }: World): Record<string, string> {
  const { endpoint } = clients;
  return {
    bucket: fixture.bucket,
    key,
    region: REGION,
    use_path_style: 'true',
    endpoint,
    dynamodb_endpoint: endpoint,
    sts_endpoint: endpoint,
    ...(locking === 'file' ? {} : { dynamodb_table: fixture.table }),
    ...(locking === 'item' ? {} : { use_lockfile: 'true' }),
    skip_credentials_validation: 'true',
  };
}
