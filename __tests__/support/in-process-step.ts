import { onTestFinished } from 'vitest';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { explain } from '../../src/messages/explain.ts';
import { inputEnv } from '../job-state/support.ts';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  REGION,
  type StateFixture,
} from './aws.ts';
import { collectingRunner, fakeDependencies } from './dependencies.ts';
import { type FaultProxy, startProxy } from './proxy.ts';

/** The outcome of a step that ran in this process. */
export interface StepEnd {
  readonly outputs: Readonly<Record<string, string>>;
  /** The output `result`, empty if there is none. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The lines and the annotations. */
  readonly log: string;
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly summary: string;
  /** The step's error message. */
  readonly error: string | undefined;
}

/** A bucket and a table of one test, behind a proxy; the proxy is stopped when the test ends. */
export async function openProxiedFixture(
  motoUrl: string,
  name: string,
): Promise<{ clients: AwsClients; proxy: FaultProxy; fixture: StateFixture }> {
  const clients = awsClients(motoUrl);
  // One request at a time: what a cancelled step had sent is carried out before its clean-up, as it nearly always is in the world.
  const proxy = await startProxy(motoUrl, { serialise: true });
  onTestFinished(async () => {
    await proxy.stop();
    clients.destroy();
  });
  return { clients, proxy, fixture: await createStateFixture(clients, { name }) };
}

/** The inputs that point a step to a fixture, with all of AWS at one address. */
export function fixtureInputs({ bucket, table }: StateFixture, url: string): Record<string, string> {
  return {
    bucket,
    region: REGION,
    dynamodb_table: table,
    endpoint: url,
    dynamodb_endpoint: url,
    sts_endpoint: url,
    use_path_style: 'true',
    access_key: DUMMY_KEYS.accessKeyId,
    secret_key: DUMMY_KEYS.secretAccessKey,
    max_retries: '1',
  };
}

/** Runs a step with these inputs and changed dependencies. */
export async function runInProcess(
  step: (deps: Dependencies) => Promise<void>,
  inputs: Record<string, string>,
  change: Partial<Dependencies> = {},
): Promise<StepEnd> {
  const { runner, log, notices, warnings, summary, outputs } = collectingRunner();
  const env = { ...inputEnv(inputs), ...change.env };
  const error = await step(fakeDependencies({ ...change, env, runner })).then(
    () => undefined,
    (reason: unknown) => explain(reason, Date.now()),
  );
  return {
    outputs,
    result: JSON.parse(outputs.result ?? '{}'),
    log: log.join('\n'),
    notices,
    warnings,
    summary: summary.join(''),
    error,
  };
}
