import { join } from 'node:path';
import { measurePeakMemory } from '../../__tests__/packaged/peak-memory.ts';
import { DUMMY_KEYS } from '../../__tests__/support/aws.ts';
import { type PagedStore, startPagedStore } from '../../__tests__/support/paged-store.ts';
import { createJob } from '../../__tests__/support/runner.ts';
import { say, table } from '../demo/print.ts';

const LOCKS = join(import.meta.dirname, '../../locks');
const SIZES = [100, 10_000, 50_000];
/** One state of so many is locked. */
const STATES_FOR_A_LOCK = 100;

/** What locks/ takes for many states in one bucket; the bounds: 20 requests for 1,000 states, and memory that does not grow with what lies beside them. */
export async function benchFleet(): Promise<void> {
  say('All locks of a bucket: one state of 100 is locked, and each has an object and a digest');
  if (process.platform !== 'linux') {
    console.log('  is measured on Linux only.');
    return;
  }
  const rows: string[][] = [];
  for (const states of SIZES) rows.push(await lookAt(states));
  table([['states', 'seconds', 'requests', 'requests for 1,000', 'MB resident at the peak'], ...rows]);
}

async function lookAt(states: number): Promise<string[]> {
  const store = await startPagedStore();
  const peak = await measurePeakMemory();
  const keys = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ env: { ...keys, ...peak.env } });
  try {
    fill(store, states);
    const { url } = store;
    const where = { bucket: 'states', dynamodb_table: 'locks', region: 'eu-west-1', use_path_style: 'true' };
    const endpoints = { endpoint: url, dynamodb_endpoint: url, skip_credentials_validation: 'true' };
    const startedAt = performance.now();
    const result = await job.run('main', { actionDir: LOCKS, with: { ...where, ...endpoints } });
    const seconds = (performance.now() - startedAt) / 1000;
    if (result.exitCode !== 0) throw new Error(`exit ${result.exitCode}:\n${result.log}`);
    const requests = store.requests.length;
    return [
      String(states),
      seconds.toFixed(1),
      String(requests),
      ((requests * 1000) / states).toFixed(1),
      (peak.read() / 1e6).toFixed(0),
    ];
  } finally {
    await job.dispose();
    await peak.dispose();
    await store.stop();
  }
}

function fill({ objects, items }: PagedStore, states: number): void {
  for (let i = 0; i < states; i += 1) {
    const key = `team-${i % 50}/service-${i}/terraform.tfstate`;
    objects.set(key, '');
    items.set(`states/${key}-md5`, { Digest: { S: 'd41d8cd98f00b204e9800998ecf8427e' } });
    if (i % STATES_FOR_A_LOCK > 0) continue;
    const info = { ID: `${i}`, Operation: 'apply', Info: '', Who: 'alice@laptop', Version: '1.11.4' };
    const lock = JSON.stringify({ ...info, Created: '2026-01-01T00:00:00Z', Path: `states/${key}` });
    // Half of them in each store.
    if (i % (2 * STATES_FOR_A_LOCK) === 0) items.set(`states/${key}`, { Info: { S: lock } });
    else objects.set(`${key}.tflock`, lock);
  }
}
