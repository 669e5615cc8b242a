import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  REGION,
  readItem,
  readObject,
  type StateFixture,
} from '../support/aws.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import { createJob, type StageResult } from '../support/runner.ts';

/** The outcome of many jobs that compete for one lock. */
export interface Contest {
  /** The failed steps of each job. */
  readonly failures: readonly StageResult[];
  readonly counter: number;
  readonly serial: number;
  /** Serials in the order in which they were stored. */
  readonly stored: readonly number[];
  /** The lock's info at the end; undefined when it is free. */
  readonly lock: string | undefined;
  /** From each release to the next take, in ms, while somebody waited. */
  readonly gaps: readonly number[];
  readonly tries: number;
  readonly seconds: number;
}

const KEY = 'path/to/app.tfstate';
const Counted = v.looseObject({
  serial: v.number(),
  outputs: v.object({ counter: v.object({ value: v.number(), type: v.literal('number') }) }),
});

/**
 * Runs this many packaged jobs on one state at once: each takes the lock, adds one to the output `counter`,
 * pushes and releases. The proxy's order is the order of the server.
 */
export async function contend(motoUrl: string, contenders: number): Promise<Contest> {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl, { serialise: true });
  try {
    const fixture = await createStateFixture(clients, { name: 'contest' });
    const handOvers = watchHandOvers(proxy, `${fixture.bucket}/${KEY}`);
    const startedAt = performance.now();
    const numbers = Array.from({ length: contenders }, (_, i) => i + 1);
    const results = await Promise.all(numbers.map((number) => runJob(proxy, fixture, number)));
    const seconds = (performance.now() - startedAt) / 1000;
    return { ...handOvers, ...(await findEnd(clients, fixture)), failures: results.flat(), seconds };
  } finally {
    await proxy.stop();
    clients.destroy();
  }
}

async function findEnd(clients: AwsClients, { bucket, table }: StateFixture) {
  const { serial, outputs } = parseCounted(await readObject(clients, bucket, KEY));
  const lock = (await readItem(clients, table, `${bucket}/${KEY}`))?.Info;
  return { serial, counter: outputs.counter.value, lock };
}

/** The failed stages, of which there must be none. */
async function runJob(proxy: FaultProxy, fixture: StateFixture, number: number): Promise<StageResult[]> {
  const env = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ runId: String(number), env });
  try {
    const main = await job.run('main', { with: inputsFor(proxy, fixture) });
    if (main.exitCode === 0) await increment(main.outputs.state_path ?? '', main.outputs.state_exists);
    const post = await job.run('post', { omitInputs: true });
    return [main, post].filter(({ exitCode, annotations }) => exitCode !== 0 || annotations.length > 0);
  } finally {
    await job.dispose();
  }
}

async function increment(path: string, exists: string | undefined): Promise<void> {
  const before = exists === 'true' ? parseCounted(await readFile(path)) : undefined;
  const after = {
    version: 4,
    terraform_version: '1.11.4',
    serial: (before?.serial ?? 0) + 1,
    lineage: '7ad2c2a5-6b0f-4b7e-8d1a-3c5f0e9b2d41',
    outputs: { counter: { value: (before?.outputs.counter.value ?? 0) + 1, type: 'number' } },
    resources: [],
    check_results: null,
  };
  await writeFile(path, JSON.stringify(after));
}

function inputsFor({ url }: FaultProxy, { bucket, table }: StateFixture): Record<string, string> {
  return {
    bucket,
    key: KEY,
    dynamodb_table: table,
    region: REGION,
    use_path_style: 'true',
    endpoint: url,
    dynamodb_endpoint: url,
    sts_endpoint: url,
    // No checkpointer: these jobs end before its first checkpoint.
    lock_timeout: '10m',
    checkpoint_interval: '0s',
  };
}

function parseCounted(bytes: Uint8Array | undefined) {
  return v.parse(Counted, JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
}

/** Follows the lock from holder to holder. */
function watchHandOvers(proxy: FaultProxy, lockId: string) {
  const seen = { stored: [] as number[], gaps: [] as number[], tries: 0 };
  let freedAt: number | undefined;
  proxy.afterResponse(({ operation, path, body, status }) => {
    if (operation === 'PutObject' && status === 200 && path.includes(`/${KEY}`)) {
      seen.stored.push(parseCounted(body).serial);
    }
    if (operation === 'TransactWriteItems' && status === 200) freedAt = performance.now();
    if (operation !== 'PutItem' || !body.includes(`"${lockId}"`)) return;
    seen.tries += 1;
    if (status !== 200 || freedAt === undefined) return;
    seen.gaps.push(performance.now() - freedAt);
    freedAt = undefined;
  });
  return seen;
}

/** `median 0.1 s, longest 1.2 s`. */
export function describeGaps(gaps: readonly number[]): string {
  const sorted = [...gaps].sort((a, b) => a - b);
  const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(2)} s`;
  return `median ${seconds(sorted[sorted.length >> 1])}, longest ${seconds(sorted.at(-1))}`;
}
