import { thisMachine } from '../../../src/runner/machine.ts';
import { freeze } from '../../../src/steps/freeze/freeze.ts';
import {
  type AwsClients,
  putItem,
  putObject,
  readItem,
  readObject,
  type StateFixture,
} from '../../support/aws.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import {
  fixtureInputs,
  openProxiedFixture,
  runInProcess,
  type StepEnd,
} from '../../support/in-process-step.ts';
import type { FaultProxy } from '../../support/proxy.ts';

/** The lock stores, as inputs. */
export const STORES = {
  item: {},
  file: { use_lockfile: 'true', dynamodb_table: '' },
  both: { use_lockfile: 'true' },
} as const;

/** A bucket and a table behind a proxy, whose states get frozen. */
export interface FreezeBench {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  /** Runs the freeze action with these inputs beside those that locate the states. */
  run(inputs: Record<string, string>, options?: RunOptions): Promise<StepEnd>;
  /** The lock info of a state in each store, if there is one. */
  locks(key: string): Promise<string[]>;
  putLock(key: string, info: string, store: 'item' | 'file'): Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly actor?: string;
  /** How far the runner's clock is ahead of the store's, in ms. */
  readonly aheadMs?: number;
}

export const SERVER = 'https://github.com';

/** Opens a bench that is closed when the test ends. */
export async function openFreezeBench(motoUrl: string): Promise<FreezeBench> {
  const { clients, proxy, fixture } = await openProxiedFixture(motoUrl, 'freeze');
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

function run(
  { fixture, proxy }: FreezeBench,
  inputs: Record<string, string>,
  { signal = new AbortController().signal, actor = 'octocat', aheadMs = 0 }: RunOptions,
): Promise<StepEnd> {
  return runInProcess(
    freeze,
    { ...fixtureInputs(fixture, proxy.url), ...inputs },
    {
      env: {
        GITHUB_SERVER_URL: SERVER,
        GITHUB_REPOSITORY: 'acme/infra',
        GITHUB_RUN_ID: '123',
        GITHUB_ACTOR: actor,
      },
      signal,
      cleanupSignal: () => new AbortController().signal,
      clock: createFakeClock({ startEpochMs: Date.now() + aheadMs, autoAdvance: true }),
      machine: thisMachine,
    },
  );
}
