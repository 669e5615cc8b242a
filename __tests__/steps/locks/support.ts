import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { lockItem } from '../../../src/backend/lock/lock-table.ts';
import type { RunAttempt, RunStatus } from '../../../src/github/run-status.ts';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { locks } from '../../../src/steps/locks/locks.ts';
import { type AwsClients, putObject, type StateFixture } from '../../support/aws.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type FakeIssues, fakeIssues } from '../../support/github-issues.ts';
import {
  fixtureInputs,
  openProxiedFixture,
  runInProcess,
  type StepEnd,
} from '../../support/in-process-step.ts';
import type { FaultProxy } from '../../support/proxy.ts';

export const SERVER = 'https://github.com';
const Created = new Date(Date.now() - 86_400_000).toISOString();

/** A bucket, a table, a GitHub, and the locks action. */
export interface LocksBench {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  readonly github: FakeIssues;
  /** By run id; others are unknown. */
  readonly runs: Map<number, RunStatus>;
  /** The runs that GitHub was asked about. */
  readonly asked: RunAttempt[];
  /** Is called while heartbeats are watched. */
  whileWatching: () => Promise<void>;
  run(inputs: Record<string, string>, change?: Partial<Dependencies>): Promise<LocksRun>;
  putItemLock(key: string, info: string, heartbeat?: { beats: number; seconds: number }): Promise<void>;
  putFileLock(key: string, info: string): Promise<void>;
}

/** What came of one run. */
export interface LocksRun extends StepEnd {
  readonly locks: readonly Readonly<Record<string, unknown>>[];
}

/** A run that ended this long ago. */
export function ended(agoMs: number): RunStatus {
  return { kind: 'completed', lastJobEnded: 1_000_000_000_000 - agoMs, now: 1_000_000_000_000 };
}

/** The lock info of a run's job, or of a person's Terraform. */
export function makeInfo(id: string, runId?: number): string {
  const Info =
    runId === undefined
      ? ''
      : `acme/infra, workflow "Deploy", ${SERVER}/acme/infra/actions/runs/${runId}/attempts/1`;
  return JSON.stringify({
    ID: id,
    Operation: 'apply',
    Info,
    Who: 'alice@laptop',
    Version: '1.11.4',
    Created,
    Path: 'p',
  });
}

/** Opens a bench that is closed when the test ends. */
export async function openLocksBench(motoUrl: string): Promise<LocksBench> {
  const { clients, proxy, fixture } = await openProxiedFixture(motoUrl, 'locks');
  const { bucket, table } = fixture;
  const bench: LocksBench = {
    clients,
    fixture,
    proxy,
    github: fakeIssues(),
    runs: new Map(),
    asked: [],
    whileWatching: async () => {},
    run: (inputs, change) => run(bench, proxy.url, inputs, change),
    putItemLock: async (key, info, heartbeat) => {
      const ours = { id: '', info, heartbeatMs: heartbeat && heartbeat.seconds * 1000 };
      const Item = { ...lockItem(`${bucket}/${key}`, ours, heartbeat?.beats ?? 0) };
      await clients.dynamodb.send(new PutItemCommand({ TableName: table, Item }));
    },
    putFileLock: (key, info) => putObject(clients, bucket, `${key}.tflock`, info),
  };
  return bench;
}

async function run(
  bench: LocksBench,
  url: string,
  inputs: Record<string, string>,
  change: Partial<Dependencies> = {},
): Promise<LocksRun> {
  const { fixture, github, runs, asked } = bench;
  const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
  const step = (deps: Dependencies) => locks({ ...deps, connectGitHub: github.connect });
  const end = await runInProcess(
    step,
    { ...fixtureInputs(fixture, url), github_token: 'token', ...inputs },
    {
      ...change,
      env: { GITHUB_SERVER_URL: SERVER, GITHUB_REPOSITORY: 'acme/infra', GITHUB_RUN_ID: '9' },
      clock: {
        ...clock,
        sleep: async (ms, signal) => {
          await bench.whileWatching();
          await clock.sleep(ms, signal);
        },
      },
      lookUpRun: async (attempt) => {
        asked.push(attempt);
        return runs.get(attempt.runId) ?? { kind: 'unknown', problem: { kind: 'no_such_run' } };
      },
    },
  );
  return { ...end, locks: JSON.parse(end.outputs.locks ?? '[]') };
}
