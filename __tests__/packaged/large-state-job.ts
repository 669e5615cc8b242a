import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  readItem,
  type StateFixture,
} from '../support/aws.ts';
import { createJob, type Job, type StageResult } from '../support/runner.ts';
import { type LargeStateSize, raiseSerial, seedLargeState, writeLargeState } from './large-state.ts';
import { measurePeakMemory, type PeakMemory } from './peak-memory.ts';

export interface StageCost {
  readonly seconds: number;
  /** Resident memory at its peak. */
  readonly peakBytes: number;
}

/** The cost of pulling a large state in main, pushing its change in post, and looking up an attribute in it. */
export interface LargeStateCost {
  readonly stateBytes: number;
  readonly main: StageCost;
  readonly post: StageCost;
  /** Undefined unless it was asked for. */
  readonly lookup: StageCost | undefined;
  /** Whether the table finally had a new digest. */
  readonly isPushed: boolean;
}

const KEY = 'large.tfstate';
const LOOKUP = 'id=aws_security_group.service_00042.id';
const OUTPUTS = join(import.meta.dirname, '../../outputs');

/** What to carry, and whether `outputs/` then looks up an attribute in it. */
export type LargeStateRun = LargeStateSize & { readonly withLookup?: boolean };

/** Takes a state of that size through the packaged action, against moto. Throws when a stage fails. Linux only. */
export async function carryLargeState(motoUrl: string, size: LargeStateRun): Promise<LargeStateCost> {
  const clients = awsClients(motoUrl);
  const peak = await measurePeakMemory();
  const keys = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ env: { ...keys, ...peak.env } });
  try {
    return await carry(clients, job, peak, size);
  } finally {
    await job.dispose();
    await peak.dispose();
    clients.destroy();
  }
}

async function carry(
  clients: AwsClients,
  job: Job,
  peak: PeakMemory,
  { withLookup = false, ...size }: LargeStateRun,
): Promise<LargeStateCost> {
  const { bucket, table, region } = await createStateFixture(clients, { name: 'large' });
  const { bytes, md5 } = await seed(clients, { bucket, table }, size);
  const { endpoint } = clients;
  const inputs = {
    bucket,
    key: KEY,
    dynamodb_table: table,
    region,
    use_path_style: 'true',
    checkpoint_interval: '0s',
  };
  const endpoints = { endpoint, dynamodb_endpoint: endpoint, sts_endpoint: endpoint };
  const measure = async (run: () => Promise<StageResult>) => {
    const startedAt = performance.now();
    const result = await run();
    const seconds = (performance.now() - startedAt) / 1000;
    if (result.exitCode !== 0) throw new Error(`exit ${result.exitCode}:\n${result.log}`);
    return { result, cost: { seconds, peakBytes: peak.read() } };
  };
  const main = await measure(() => job.run('main', { with: { ...inputs, ...endpoints } }));
  await raiseSerial(main.result.outputs.state_path ?? '');
  const post = await measure(() => job.run('post'));
  const digest = (await readItem(clients, table, `${bucket}/${KEY}-md5`))?.Digest;
  const { checkpoint_interval: _, ...location } = inputs;
  // Without a lookup, `outputs/` stops after the outputs, which come first.
  const reading = { actionDir: OUTPUTS, with: { ...location, ...endpoints, lookup: LOOKUP } };
  const lookup = withLookup ? await measure(() => job.run('main', reading)) : undefined;
  // moto keeps everything it receives until it exits.
  await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: KEY }));
  return {
    stateBytes: bytes,
    main: main.cost,
    post: post.cost,
    lookup: lookup?.cost,
    isPushed: digest !== md5,
  };
}

async function seed(
  clients: AwsClients,
  stores: Pick<StateFixture, 'bucket' | 'table'>,
  size: LargeStateSize,
) {
  const folder = await mkdtemp(join(tmpdir(), 'large-state-'));
  try {
    const state = await writeLargeState(join(folder, 'terraform.tfstate'), size);
    await seedLargeState(clients, stores, KEY, state);
    return state;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
