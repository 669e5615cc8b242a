import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { runMain } from '../../../src/main.ts';
import { explain } from '../../../src/messages/explain.ts';
import { runPost } from '../../../src/post.ts';
import { actionsRunner, type Runner } from '../../../src/runner/runner.ts';
import { stateDirectoryFor } from '../../../src/workspace-files/state-directory.ts';
import { inputEnv } from '../../job-state/support.ts';
import { md5 } from '../../packaged/support.ts';
import {
  type AwsClients,
  putItem,
  putObject,
  readItem,
  readObject,
  type StateFixture,
} from '../../support/aws.ts';
import { plainAwsSettings } from '../../support/aws-settings.ts';
import { fakeDependencies } from '../../support/dependencies.ts';
import { fixtureInputs, openProxiedFixture } from '../../support/in-process-step.ts';
import type { FaultProxy } from '../../support/proxy.ts';

/** A bucket and a table with the states of one test, through a proxy. */
export interface StatesBench {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  seed(key: string, text: string): Promise<void>;
  object(key: string): Promise<string | undefined>;
  digest(key: string): Promise<string | undefined>;
  /** The lock's info; undefined: it is free. */
  lock(key: string): Promise<string | undefined>;
  putLock(key: string, info: string): Promise<void>;
  /** A job whose steps run in this process. `variables` are added to its environment. */
  job(inputs: Record<string, string>, variables?: Record<string, string>): StatesJob;
}

/** The result of one step of a job. */
export interface StepEnd {
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly summary: string;
  /** Its error message. */
  readonly error: string | undefined;
}

export interface StatesJob {
  readonly workspace: string;
  main(change?: Partial<Dependencies>): Promise<StepEnd>;
  post(change?: Partial<Dependencies>): Promise<StepEnd>;
  /** The `states` output of main. */
  states(): Record<string, Record<string, string>>;
  /** What main saved for post, by name. */
  readonly saved: Map<string, string>;
  /** A step of the job writes the state with this name. */
  change(name: string, text: string): Promise<void>;
  /** A step of the job writes the state, when the job holds only one. */
  write(text: string): Promise<void>;
  /** Our files below RUNNER_TEMP. */
  remainingFiles(): string[];
}

/** Opens a bench that is closed when the test ends. */
export async function openStatesBench(motoUrl: string): Promise<StatesBench> {
  const { clients, proxy, fixture } = await openProxiedFixture(motoUrl, 'states');
  const { bucket, table } = fixture;
  const bench: StatesBench = {
    clients,
    fixture,
    proxy,
    seed: async (key, text) => {
      await putObject(clients, bucket, key, text);
      await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: md5(text) });
    },
    object: async (key) => (await readObject(clients, bucket, key))?.toString('utf8'),
    digest: async (key) => (await readItem(clients, table, `${bucket}/${key}-md5`))?.Digest,
    lock: async (key) => (await readItem(clients, table, `${bucket}/${key}`))?.Info,
    putLock: (key, info) => putItem(clients, table, `${bucket}/${key}`, { Info: info }),
    job: (inputs, variables = {}) => createStatesJob(bench, inputs, variables),
  };
  onTestFinished(() => removeStateDirectories(bench));
  return bench;
}

function createStatesJob(
  bench: StatesBench,
  inputs: Record<string, string>,
  variables: Record<string, string>,
): StatesJob {
  const root = mkdtempSync(join(tmpdir(), 'several-states-'));
  const temp = join(root, 'temp');
  const workspace = join(root, 'checkout');
  for (const folder of [temp, workspace]) mkdirSync(folder);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const saved = new Map<string, string>();
  let outputs: Readonly<Record<string, string>> = {};
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_RUN_ID: '123',
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    ...variables,
  };
  return {
    workspace,
    saved,
    main: async (change = {}) => {
      const given = inputEnv({ ...backendInputs(bench), ...inputs });
      const end = await runInProcess(runMain, { ...env, ...given }, saved, change);
      outputs = end.outputs;
      return end;
    },
    post: async (change = {}) => {
      const states = [...saved].map(([name, value]) => [`STATE_${name}`, value]);
      return await runInProcess(runPost, { ...env, ...Object.fromEntries(states) }, saved, change);
    },
    states: () => JSON.parse(outputs.states ?? '{}'),
    change: async (name, text) => {
      const { state_path: path = '' } = JSON.parse(outputs.states ?? '{}')[name];
      await writeFile(path, text);
    },
    write: (text) => writeFile(outputs.state_path ?? '', text),
    remainingFiles: () => readdirSync(temp).filter((name) => name.startsWith('terraform-s3-state-')),
  };
}

function backendInputs({ fixture, proxy }: StatesBench): Record<string, string> {
  return { ...fixtureInputs(fixture, proxy.url), checkpoint_interval: '0s' };
}

async function runInProcess(
  story: (deps: Dependencies) => Promise<void>,
  env: Record<string, string>,
  saved: Map<string, string>,
  change: Partial<Dependencies>,
): Promise<StepEnd> {
  const outputs: Record<string, string> = {};
  const log: string[] = [];
  const summary: string[] = [];
  const say = (text: string): void => void log.push(text);
  const runner: Runner = {
    ...actionsRunner,
    info: say,
    notice: say,
    warning: say,
    debug: () => {},
    mask: () => {},
    exportVariable: () => {},
    group: (_, work) => work(),
    output: (name, value) => {
      outputs[name] = value;
    },
    saveState: (name, value) => void saved.set(name, value),
    summary: async (text) => void summary.push(text),
  };
  const cleanupSignal = () => new AbortController().signal;
  const error = await story(fakeDependencies({ env, runner, cleanupSignal, ...change })).then(
    () => undefined,
    (reason: unknown) => explain(reason, Date.now()),
  );
  return { outputs, log: log.join('\n'), summary: summary.join(''), error };
}

const KEYS = ['a.tfstate', 'b.tfstate', 'c.tfstate'];

/** Removes the shared directories of the test's states, wherever jobs left them. */
export function removeStateDirectories({ fixture, proxy }: StatesBench): void {
  for (const path of KEYS.map((key) => findStateDirectory(fixture.bucket, key, proxy.url))) {
    const parent = dirname(path);
    for (const name of readdirSync(parent).filter((entry) => entry.startsWith(basename(path)))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

function findStateDirectory(bucket: string, key: string, s3: string): string {
  const address = stateAddress({ bucket, key, workspace: 'default', workspaceKeyPrefix: 'env:' });
  return stateDirectoryFor({
    address,
    aws: { ...plainAwsSettings, endpoints: { s3, dynamodb: s3, sts: s3 } },
  });
}

/** The state directories of the bench that lie at their path. */
export function heldDirectories({ fixture, proxy }: StatesBench): string[] {
  return KEYS.filter((key) => existsSync(findStateDirectory(fixture.bucket, key, proxy.url)));
}
