import { open, readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  REGION,
} from '../../__tests__/support/aws.ts';
import { createJob, type Job } from '../../__tests__/support/runner.ts';
import { say, table } from '../demo/print.ts';

/** Four renewals of the lock. */
const IDLE_MS = 80_000;
const CHECKPOINT_MS = 20_000;
const CHECKPOINTS = 3;
const STATE_BYTES = 50 * 1024 * 1024;

/** What the process beside a job costs while it waits, and while it takes a checkpoint of a large state every 20 s. Linux only. */
export async function benchCheckpointer(motoUrl: string): Promise<void> {
  say(`The checkpointer (goals: 70 MB resident and 0.1 % of a core while it waits; 5 % with checkpoints)`);
  if (process.platform !== 'linux') {
    console.log('  is measured on Linux only.');
    return;
  }
  const clients = awsClients(motoUrl);
  const env = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ env });
  try {
    await measure(clients, job);
  } finally {
    await job.dispose();
    clients.destroy();
  }
}

async function measure(clients: AwsClients, job: Job): Promise<void> {
  const { bucket, table: locks } = await createStateFixture(clients);
  const { endpoint } = clients;
  const inputs = {
    bucket,
    key: 'bench.tfstate',
    dynamodb_table: locks,
    region: REGION,
    endpoint,
    dynamodb_endpoint: endpoint,
    sts_endpoint: endpoint,
    use_path_style: 'true',
    skip_credentials_validation: 'true',
    checkpoint_interval: `${CHECKPOINT_MS / 1000}s`,
  };
  const { exitCode, log, outputs } = await job.run('main', { with: inputs });
  if (exitCode !== 0) throw new Error(`main failed:\n${log}`);
  const pid = await findCheckpointer(job);
  // Neither its start nor its first beat, which compiles what every other one uses, is what it costs while it waits.
  await delay(CHECKPOINT_MS + 5_000);
  const idle = await shareOfCore(pid, () => delay(IDLE_MS));
  const resident = await residentBytes(pid);
  const busy = await shareOfCore(pid, async () => {
    for (let serial = 1; serial <= CHECKPOINTS; serial += 1) {
      await writeState(outputs.state_path ?? '', serial);
      await delay(CHECKPOINT_MS);
    }
  });
  table([
    ['', 'MB resident', '% of a core'],
    [`waiting for ${IDLE_MS / 1000} s`, (resident / 1e6).toFixed(0), idle.toFixed(2)],
    [
      `a checkpoint of 50 MiB every ${CHECKPOINT_MS / 1000} s`,
      ((await residentBytes(pid)) / 1e6).toFixed(0),
      busy.toFixed(2),
    ],
  ]);
  const post = await job.run('post', { omitInputs: true });
  if (post.exitCode !== 0) throw new Error(`post failed:\n${post.log}`);
}

/** The job's process that runs `checkpointer.js`. */
async function findCheckpointer(job: Job): Promise<number> {
  const own = new Set(job.orphans());
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!own.has(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (command.includes('checkpointer.js')) return pid;
  }
  throw new Error('the job has no checkpointer');
}

async function shareOfCore(pid: number, meanwhile: () => Promise<void>): Promise<number> {
  const before = await cpuSeconds(pid);
  const startedAt = performance.now();
  await meanwhile();
  const seconds = (performance.now() - startedAt) / 1000;
  return (((await cpuSeconds(pid)) - before) / seconds) * 100;
}

/** User and system time of all threads so far. The kernel's ticks are as long as a heartbeat takes, so they say nothing of it. */
async function cpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const nanoseconds = await Promise.all(
    threads.map(async (id) => {
      const [onCpu] = (await readFile(`/proc/${pid}/task/${id}/schedstat`, 'utf8')).split(' ');
      return Number(onCpu);
    }),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status names no memory`);
  return Number(kilobytes) * 1024;
}

/** A state of one large resource, written as Terraform writes: to the file that is there. */
async function writeState(path: string, serial: number): Promise<void> {
  const head = `{"version":4,"terraform_version":"1.11.4","serial":${serial},"lineage":"7ad2c2a5-6b0f-4b7e-8d1a-3c5f0e9b2d41","outputs":{"text":{"type":"string","value":"`;
  const file = await open(path, 'w');
  await file.write(head);
  const line = 'x'.repeat(1024 * 1024);
  for (let written = 0; written < STATE_BYTES; written += line.length) await file.write(line);
  await file.write('"}},"resources":[]}\n');
  await file.close();
}
