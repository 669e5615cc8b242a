import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  putItem,
  putObject,
  REGION,
  type StateFixture,
} from '../../__tests__/support/aws.ts';
import { type FaultProxy, startProxy } from '../../__tests__/support/proxy.ts';
import { createJob, type Job } from '../../__tests__/support/runner.ts';
import { node24 } from '../../__tests__/support/runner-environment.ts';
import { s3BackendBlock, terraform, writeConfig } from '../../__tests__/support/terraform.ts';
import { say, table } from '../demo/print.ts';
import { bundleFloor } from './bundle-floor.ts';
import { median, rated, timed } from './measure.ts';

const RUNS = 5;
/** How long the job's own steps take, in ms: the checkpointer has started by then, and what it compiled is there for post. */
const STEPS_MS = 1_500;
const OUTPUTS = join(import.meta.dirname, '../../outputs');

/** What a round trip takes more than on the loopback, in ms: each request takes one, and so does the handshake of each connection. And how long ours may take of Terraform's time there. */
const NETWORKS = [
  { latencyMs: 0, hold: 1.7, outputs: 1.3 },
  { latencyMs: 20, hold: 0.5, outputs: 0.35 },
  { latencyMs: 50, hold: 0.38, outputs: 0.22 },
] as const;

const STATE = {
  version: 4,
  terraform_version: '1.11.4',
  serial: 1,
  lineage: '7ad2c2a5-6b0f-4b7e-8d1a-3c5f0e9b2d41',
  outputs: { vpc_id: { value: 'vpc-0a1b2c3d', type: 'string' } },
  resources: [],
};

/** A state behind a network, for all sides. */
interface Scene {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly network: Network;
  readonly key: string;
  /** The least program that holds a state. */
  readonly floor: string;
}

/**
 * AWS's services, each with a server and so with connections of its own, as in reality. They are the same local AWS behind
 * proxies that add the latency.
 */
interface Network {
  readonly s3: FaultProxy;
  readonly dynamodb: FaultProxy;
  readonly sts: FaultProxy;
}

/** Times of one turn, in ms. */
interface Turn {
  readonly main: number;
  readonly post: number;
  readonly floorMain: number;
  readonly floorPost: number;
  readonly theirHold: number;
  readonly outputs: number;
  readonly theirOutputs: number;
}

/**
 * The same work by the action, by the least program that sends the same requests, and by the real Terraform, with static keys: to pull a
 * state under the lock and to push it back (`init`, `state pull`, `state push`), and to read outputs (`init`, `output -json`).
 */
export async function benchBesideTerraform(motoUrl: string): Promise<void> {
  const clients = awsClients(motoUrl);
  const rows: string[][] = [];
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const floor = await bundleFloor('floor-hold.ts', folder);
    for (const { latencyMs, ...goals } of NETWORKS) {
      const network = await openNetwork(motoUrl, latencyMs);
      const turns: Turn[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const fixture = await createStateFixture(clients, { versioning: true });
        turns.push(await playTurn({ clients, fixture, network, key: 'bench.tfstate', floor }));
      }
      for (const proxy of Object.values(network)) await proxy.stop();
      rows.push(describeTurns(latencyMs, turns, goals));
    }
  } finally {
    clients.destroy();
    await rm(folder, { recursive: true, force: true });
  }
  say(`Beside the real Terraform, medians of ${RUNS} turns, in seconds`);
  const hold = ['main + post', 'floor', 'init, pull, push', 'ratio', 'ratio of the floor'];
  table([['added round trip', ...hold, 'outputs', 'init, output', 'ratio'], ...rows]);
}

async function openNetwork(motoUrl: string, latencyMs: number): Promise<Network> {
  const open = () => startProxy(motoUrl, { latencyMs, handshakeMs: latencyMs });
  return { s3: await open(), dynamodb: await open(), sts: await open() };
}

function describeTurns(
  latencyMs: number,
  turns: readonly Turn[],
  goals: { readonly hold: number; readonly outputs: number },
): string[] {
  const of = (name: keyof Turn) => median(turns.map((turn) => turn[name])) / 1000;
  const theirHold = of('theirHold');
  const floor = of('floorMain') + of('floorPost');
  return [
    `${latencyMs} ms`,
    `${of('main').toFixed(3)} + ${of('post').toFixed(3)}`,
    `${of('floorMain').toFixed(3)} + ${of('floorPost').toFixed(3)}`,
    theirHold.toFixed(3),
    rated((of('main') + of('post')) / theirHold, goals.hold),
    (floor / theirHold).toFixed(2),
    of('outputs').toFixed(3),
    of('theirOutputs').toFixed(3),
    rated(of('outputs') / of('theirOutputs'), goals.outputs),
  ];
}

async function playTurn(scene: Scene): Promise<Turn> {
  await seed(scene);
  const env = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ env });
  try {
    const ours = await holdByAction(scene, job);
    const outputs = await timed(async () => await readOutputs(scene, job));
    return { ...ours, outputs, ...(await holdByFloor(scene)), ...(await workByTerraform(scene)) };
  } finally {
    await job.dispose();
  }
}

async function holdByAction(scene: Scene, job: Job): Promise<Pick<Turn, 'main' | 'post'>> {
  let statePath = '';
  const main = await timed(async () => {
    const { exitCode, log, outputs } = await job.run('main', { with: inputsFor(scene) });
    if (exitCode !== 0) throw new Error(`main failed:\n${log}`);
    statePath = outputs.state_path ?? '';
  });
  await writeFile(statePath, JSON.stringify({ ...STATE, serial: 2 }));
  await delay(STEPS_MS);
  const post = await timed(async () => {
    const { exitCode, log } = await job.run('post', { omitInputs: true });
    if (exitCode !== 0) throw new Error(`post failed:\n${log}`);
  });
  return { main, post };
}

async function readOutputs(scene: Scene, job: Job): Promise<void> {
  const { exitCode, log } = await job.run('main', { with: inputsFor(scene), actionDir: OUTPUTS });
  if (exitCode !== 0) throw new Error(`outputs failed:\n${log}`);
}

async function holdByFloor({
  fixture,
  network,
  key,
  floor,
}: Scene): Promise<Pick<Turn, 'floorMain' | 'floorPost'>> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-floor-'));
  const file = join(dir, 'terraform.tfstate');
  const env = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
    BUCKET: fixture.bucket,
    KEY: key,
    TABLE: fixture.table,
    REGION,
    S3_ENDPOINT: network.s3.url,
    DYNAMODB_ENDPOINT: network.dynamodb.url,
    STATE_FILE: file,
  };
  const run = promisify(execFile);
  try {
    const floorMain = await timed(() => run(node24(), [floor, 'main'], { env }));
    await writeFile(file, JSON.stringify({ ...STATE, serial: 3 }));
    const floorPost = await timed(() => run(node24(), [floor, 'post'], { env }));
    return { floorMain, floorPost };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function workByTerraform(scene: Scene): Promise<Pick<Turn, 'theirHold' | 'theirOutputs'>> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-terraform-'));
  const run = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await terraform(dir, args);
    if (code !== 0) throw new Error(`terraform ${args.join(' ')} failed:\n${stderr}`);
  };
  const initAgain = async (): Promise<void> => {
    await rm(join(dir, '.terraform'), { recursive: true, force: true });
    await run('init');
  };
  const { fixture, network, key } = scene;
  const quote = (name: keyof Network): string => `${name} = ${JSON.stringify(network[name].url)}`;
  const extra = {
    endpoints: `{ ${quote('s3')}, ${quote('dynamodb')}, ${quote('sts')} }`,
    // What a user has who sets nothing.
    skip_credentials_validation: 'false',
    skip_requesting_account_id: 'false',
  };
  try {
    const settings = {
      endpoint: network.s3.url,
      bucket: fixture.bucket,
      key,
      table: fixture.table,
      extra,
    };
    await writeConfig(dir, { 'backend.tf': s3BackendBlock(settings) });
    await writeFile(join(dir, 'new.tfstate'), JSON.stringify({ ...STATE, serial: 4 }));
    const theirHold = await timed(async () => {
      await initAgain();
      await run('state', 'pull');
      await run('state', 'push', 'new.tfstate');
    });
    const theirOutputs = await timed(async () => {
      await initAgain();
      await run('output', '-json');
    });
    return { theirHold, theirOutputs };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function seed({ clients, fixture: { bucket, table: locks }, key }: Scene): Promise<void> {
  const text = JSON.stringify(STATE);
  await putObject(clients, bucket, key, text);
  const digest = createHash('md5').update(text).digest('hex');
  await putItem(clients, locks, `${bucket}/${key}-md5`, { Digest: digest });
}

function inputsFor({ fixture, network, key }: Scene): Record<string, string> {
  return {
    bucket: fixture.bucket,
    key,
    dynamodb_table: fixture.table,
    region: REGION,
    endpoint: network.s3.url,
    dynamodb_endpoint: network.dynamodb.url,
    sts_endpoint: network.sts.url,
    use_path_style: 'true',
  };
}
