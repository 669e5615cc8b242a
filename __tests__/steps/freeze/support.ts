import { onTestFinished } from 'vitest';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { explain } from '../../../src/messages/explain.ts';
import { thisMachine } from '../../../src/runner/machine.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { freeze } from '../../../src/steps/freeze/freeze.ts';
import { inputEnv } from '../../job-state/support.ts';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  putItem,
  putObject,
  REGION,
  readItem,
  readObject,
  type StateFixture,
} from '../../support/aws.ts';
import { fakeDependencies } from '../../support/dependencies.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type FaultProxy, startProxy } from '../../support/proxy.ts';

/** Where the lock is, as inputs say it. */
export const STORES = {
  item: {},
  file: { use_lockfile: 'true', dynamodb_table: '' },
  both: { use_lockfile: 'true' },
} as const;

/** A bucket and a table whose states are frozen, through a proxy. */
export interface FreezeBench {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  /** Runs the freeze action with these inputs beside those that say where the states are. */
  run(inputs: Record<string, string>, options?: RunOptions): Promise<FreezeRun>;
  /** The lock info of a state in each store, where there is one. */
  locks(key: string): Promise<string[]>;
  putLock(key: string, info: string, store: 'item' | 'file'): Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly actor?: string;
  /** How far the runner's clock is ahead of the store's, in ms. */
  readonly aheadMs?: number;
}

/** What came of one run. */
export interface FreezeRun {
  readonly outputs: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly log: string;
  readonly notices: readonly string[];
  readonly summary: string;
  /** What the step failed with, in words. */
  readonly error: string | undefined;
}

export const SERVER = 'https://github.com';

/** Opens a bench that is closed when the test ends. */
export async function openFreezeBench(motoUrl: string): Promise<FreezeBench> {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl);
  onTestFinished(async () => {
    await proxy.stop();
    clients.destroy();
  });
  const fixture = await createStateFixture(clients, { name: 'freeze' });
  const { bucket, table } = fixture;
  const bench: FreezeBench = {
    clients,
    fixture,
    proxy,
    run: (inputs, options = {}) => run(bench, inputs, options),
    locks: async (key) => {
      const item = (await readItem(clients, table, `${bucket}/${key}`))?.Info;
      const file = (await readObject(clients, bucket, `${key}.tflock`))?.toString('utf8');
      return [item, file].filter((info) => info !== undefined);
    },
    putLock: (key, info, store) =>
      store === 'item'
        ? putItem(clients, table, `${bucket}/${key}`, { Info: info })
        : putObject(clients, bucket, `${key}.tflock`, info),
  };
  return bench;
}

async function run(
  { fixture, proxy }: FreezeBench,
  inputs: Record<string, string>,
  options: RunOptions,
): Promise<FreezeRun> {
  const { url } = proxy;
  const where = { bucket: fixture.bucket, region: REGION, dynamodb_table: fixture.table };
  const how = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url, use_path_style: 'true' };
  const keys = { access_key: DUMMY_KEYS.accessKeyId, secret_key: DUMMY_KEYS.secretAccessKey };
  const outputs: Record<string, string> = {};
  const messages: Record<'log' | 'notices' | 'summary', string[]> = { log: [], notices: [], summary: [] };
  const given = inputEnv({ ...where, ...how, ...keys, max_retries: '1', ...inputs });
  const github = {
    GITHUB_SERVER_URL: SERVER,
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_RUN_ID: '123',
    GITHUB_ACTOR: options.actor ?? 'octocat',
  };
  const deps = dependencies({ ...given, ...github }, options, messages, outputs);
  const error = await freeze(deps).then(
    () => undefined,
    (reason: unknown) => explain(reason, Date.now()),
  );
  return {
    outputs,
    result: JSON.parse(outputs.result ?? '{}'),
    log: messages.log.join('\n'),
    notices: messages.notices,
    summary: messages.summary.join(''),
    error,
  };
}

function dependencies(
  env: Record<string, string>,
  { signal = new AbortController().signal, aheadMs = 0 }: RunOptions,
  messages: Record<'log' | 'notices' | 'summary', string[]>,
  outputs: Record<string, string>,
): Dependencies {
  return fakeDependencies({
    env,
    signal,
    cleanupSignal: () => new AbortController().signal,
    clock: createFakeClock({ startEpochMs: Date.now() + aheadMs, autoAdvance: true }),
    runner: {
      ...actionsRunner,
      info: (text) => void messages.log.push(text),
      debug: () => {},
      notice: (text) => void messages.notices.push(text),
      warning: (text) => void messages.log.push(text),
      mask: () => {},
      output: (name, value) => {
        outputs[name] = value;
      },
      summary: async (text) => void messages.summary.push(text),
    },
    machine: thisMachine,
  });
}
