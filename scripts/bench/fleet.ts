import { join } from 'node:path';
import { measurePeakMemory } from '../../__tests__/packaged/peak-memory.ts';
import { DUMMY_KEYS } from '../../__tests__/support/aws.ts';
import {
  addLockedStates,
  addStatesUnderBothLocks,
  addVersions,
  addWorkspaces,
  FLEET_KEY,
} from '../../__tests__/support/paged-fleet.ts';
import { type PagedStore, startPagedStore } from '../../__tests__/support/paged-store.ts';
import { createJob } from '../../__tests__/support/runner.ts';
import { say, table } from '../demo/print.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A step to measure on a store with much in it. */
interface FleetStep {
  readonly what: string;
  readonly action: 'locks' | 'migrate' | 'workspaces' | 'history';
  readonly inputs: Readonly<Record<string, string>>;
  /** Of states, workspaces or versions. */
  readonly size: number;
  readonly fill: (store: PagedStore, size: number) => void;
}

const migrate = { action: 'migrate', inputs: { command: 'report' }, fill: addStatesUnderBothLocks } as const;
const history = {
  action: 'history',
  inputs: { command: 'list', key: FLEET_KEY },
  fill: addVersions,
} as const;

const STEPS: readonly FleetStep[] = [
  ...[100, 10_000, 50_000].map(
    (size): FleetStep => ({ what: 'locks/', action: 'locks', inputs: {}, size, fill: addLockedStates }),
  ),
  { ...migrate, what: 'migrate/, quick', inputs: { command: 'report', depth: 'quick' }, size: 10_000 },
  { ...migrate, what: 'migrate/, full', size: 100 },
  { ...migrate, what: 'migrate/, full', size: 10_000 },
  {
    what: 'workspaces/',
    action: 'workspaces',
    inputs: { command: 'list', key: FLEET_KEY },
    size: 10_000,
    fill: addWorkspaces,
  },
  { ...history, what: 'history/, list', size: 10_000 },
  {
    ...history,
    what: 'history/, the oldest version compared',
    inputs: { command: 'diff', key: FLEET_KEY, from: 'v1' },
    size: 10_000,
  },
];

/**
 * What actions take for buckets with many states, workspaces or versions; the bounds: 20 requests for 1,000 states, and
 * memory that does not grow with what lies beside them.
 */
export async function benchFleet(): Promise<void> {
  say('Buckets with many states (of locks/, one state of 100 is locked), workspaces or versions of a state');
  if (process.platform !== 'linux') {
    console.log('  is measured on Linux only.');
    return;
  }
  const rows: string[][] = [];
  for (const step of STEPS) rows.push(await measureStep(step));
  const head = ['step', 'number', 'seconds', 'requests', 'requests for 1,000', 'MB resident at the peak'];
  table([head, ...rows]);
}

async function measureStep({ what, action, inputs, size, fill }: FleetStep): Promise<string[]> {
  const store = await startPagedStore();
  const peak = await measurePeakMemory();
  const keys = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const job = await createJob({ env: { ...keys, ...peak.env } });
  try {
    fill(store, size);
    const { url } = store;
    const where = { bucket: 'states', dynamodb_table: 'locks', region: 'eu-west-1', use_path_style: 'true' };
    const endpoints = { endpoint: url, dynamodb_endpoint: url, skip_credentials_validation: 'true' };
    const startedAt = performance.now();
    const result = await job.run('main', {
      actionDir: join(ROOT, action),
      with: { ...where, ...endpoints, ...inputs },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    if (result.exitCode !== 0) throw new Error(`exit ${result.exitCode}:\n${result.log}`);
    const requests = store.requests.length;
    return [
      what,
      String(size),
      seconds.toFixed(1),
      String(requests),
      ((requests * 1000) / size).toFixed(1),
      (peak.read() / 1e6).toFixed(0),
    ];
  } finally {
    await job.dispose();
    await peak.dispose();
    await store.stop();
  }
}
