import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, inject, it } from 'vitest';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { appliedState, stateText } from '../../packaged/states.ts';
import { putObject, readObject } from '../../support/aws.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type FaultAtCall, sweepCalls } from '../../support/fault-at-call.ts';
import { openStatesBench, type StatesBench, type StatesJob, type StepEnd } from '../several-states/bench.ts';

const motoUrl = inject('motoUrl') ?? '';
const KEY = 'a.tfstate';
const PLAN_ID = '123-1';
const PLAN = 'PLAN OF THE JOB';
const DENIED = {
  status: 403,
  body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
};
const EFFECTS: readonly FaultAtCall[] = [
  DENIED,
  { status: 500, body: '' },
  'reset-after',
  'cancelled before',
  'cancelled after',
];

interface Vault {
  readonly plan: string | undefined;
  readonly hasRecord: boolean;
}

async function readVault({ clients, fixture }: StatesBench, planId = PLAN_ID): Promise<Vault> {
  const read = (name: string) => readObject(clients, fixture.bucket, `${KEY}.plans/${name}`);
  return { plan: (await read(planId))?.toString(), hasRecord: (await read(`${planId}.json`)) !== undefined };
}

interface Sweep {
  /** Runs before the step that meets the fault. Returns its job. */
  readonly prepare: () => Promise<StatesJob>;
  readonly step: 'main' | 'post';
  /** The step's world, besides the fault. */
  readonly world?: () => Partial<Dependencies>;
  readonly effects?: readonly FaultAtCall[];
  readonly check: (end: StepEnd, job: StatesJob, what: string) => Promise<void>;
}

/** Tries each fault at each call of the step, until it makes no further call. Returns how many it makes, and its end without a fault. */
async function sweep(
  { proxy }: StatesBench,
  { prepare, step, world, effects = EFFECTS, check }: Sweep,
): Promise<{ readonly calls: number; readonly end: StepEnd }> {
  let end: StepEnd | undefined;
  const calls = await sweepCalls(proxy, effects, async (meetFault, what) => {
    const job = await prepare();
    end = await meetFault((signal) => job[step]({ ...world?.(), signal }));
    await check(end, job, `${step}, ${what}`);
  });
  if (end === undefined) throw new Error('no row ran');
  return { calls, end };
}

async function openSeeded(): Promise<StatesBench> {
  const bench = await openStatesBench(motoUrl);
  await bench.seed(KEY, stateText());
  return bench;
}

/** A job that planned: its main is over, and so is its `terraform plan`. */
async function plan(bench: StatesBench): Promise<StatesJob> {
  const job = bench.job({ key: KEY, lock: 'none', plan_file: 'tfplan' });
  expect((await job.main()).error).toBeUndefined();
  await writeFile(join(job.workspace, 'tfplan'), PLAN);
  return job;
}

/** Stores a plan that fits the state. Returns how to put the vault back as it then is. */
async function storePlan(bench: StatesBench): Promise<() => Promise<void>> {
  const job = await plan(bench);
  expect((await job.post()).error).toBeUndefined();
  const { bucket } = bench.fixture;
  const stored = await Promise.all(
    [PLAN_ID, `${PLAN_ID}.json`].map(async (name) => {
      const key = `${KEY}.plans/${name}`;
      return { key, body: (await readObject(bench.clients, bucket, key)) ?? '' };
    }),
  );
  return async () => {
    for (const { key, body } of stored) await putObject(bench.clients, bucket, key, body);
  };
}

async function clearVault({ clients, fixture }: StatesBench): Promise<void> {
  for (const name of [PLAN_ID, `${PLAN_ID}.json`]) {
    const Key = `${KEY}.plans/${name}`;
    await clients.s3.send(new DeleteObjectCommand({ Bucket: fixture.bucket, Key }));
  }
}

const openApply = (bench: StatesBench, inputs: Record<string, string> = {}): StatesJob =>
  bench.job({ key: KEY, plan: PLAN_ID, plan_path: 'approved.tfplan', allow_other_commit: 'true', ...inputs });

const pathOfPlan = (job: StatesJob): string => join(job.workspace, 'approved.tfplan');

it.skipIf(motoUrl === '')(
  'post stores a plan and its record, or fails and names the plan, whichever call fails',
  async () => {
    const bench = await openSeeded();
    const prepare = async () => {
      await clearVault(bench);
      return await plan(bench);
    };
    const { calls, end } = await sweep(bench, {
      prepare,
      step: 'post',
      check: async ({ error, log }, _, what) => {
        const { plan: stored, hasRecord } = await readVault(bench);
        if (hasRecord) expect(stored, what).toBe(PLAN);
        if (error === undefined) expect(hasRecord, what).toBe(true);
        else expect(error.split('\n')[0], what).toContain(PLAN_ID);
        if (log.includes(`Stored plan ${PLAN_ID}`)) expect(hasRecord, what).toBe(true);
      },
    });
    expect(calls).toBeGreaterThan(2);
    expect(end.error).toBeUndefined();
  },
);

it.skipIf(motoUrl === '')(
  'main gives the job the approved plan under the lock, or neither plan nor lock, whichever call fails',
  async () => {
    const bench = await openSeeded();
    await storePlan(bench);
    const { calls, end } = await sweep(bench, {
      // Finds the plan by a listing, besides the reads that a plan id takes.
      prepare: async () => openApply(bench, { plan: '123-latest' }),
      step: 'main',
      check: async ({ error, outputs }, job, what) => {
        const lock = await bench.lock(KEY);
        if (error === undefined) {
          expect(await readFile(pathOfPlan(job), 'utf8'), what).toBe(PLAN);
          expect(lock, what).toContain(outputs.lock_id);
          expect(outputs.plan_id, what).toBe(PLAN_ID);
        } else {
          expect(existsSync(pathOfPlan(job)), what).toBe(false);
          if (lock !== undefined) expect(error, what).toMatch(/lock of \S+ (could not|may be)/);
        }
        expect((await job.post()).error, what).toBeUndefined();
        expect(existsSync(pathOfPlan(job)), what).toBe(false);
        expect(await bench.lock(KEY), what).toBeUndefined();
        expect(await readVault(bench), what).toEqual({ plan: PLAN, hasRecord: true });
        expect(job.remainingFiles(), what).toEqual([]);
      },
    });
    expect(calls).toBeGreaterThan(4);
    expect(end.error).toBeUndefined();
  },
);

it.skipIf(motoUrl === '')(
  'post takes the plan away and deletes it once its state is stored, or names it, whichever call fails',
  async () => {
    const bench = await openSeeded();
    const restoreVault = await storePlan(bench);
    const prepare = async () => {
      await restoreVault();
      await bench.seed(KEY, stateText());
      const job = openApply(bench);
      expect((await job.main()).error).toBeUndefined();
      await job.write(appliedState());
      return job;
    };
    const { calls, end } = await sweep(bench, {
      prepare,
      step: 'post',
      effects: [DENIED, 'cancelled after'],
      check: async ({ log, error }, job, what) => {
        expect(existsSync(pathOfPlan(job)), what).toBe(false);
        const isStored = (await bench.object(KEY)) === appliedState();
        const { plan: stays } = await readVault(bench);
        if (!isStored) expect(stays, what).toBe(PLAN);
        if (isStored && stays !== undefined) expect(log, what).toContain(PLAN_ID);
        // The next row begins without a lock.
        if (error !== undefined) await job.post();
      },
    });
    expect(calls).toBeGreaterThan(4);
    expect(end.error).toBeUndefined();
  },
);

it.skipIf(motoUrl === '')(
  'main refuses an expired plan and never deletes its bytes before its record, whichever call fails',
  async () => {
    const bench = await openSeeded();
    const restoreVault = await storePlan(bench);
    const { calls, end } = await sweep(bench, {
      prepare: async () => {
        await restoreVault();
        return openApply(bench, { plan_ttl: '1s' });
      },
      step: 'main',
      effects: [DENIED, 'reset-after'],
      world: () => ({ clock: createFakeClock({ startEpochMs: Date.now() + 3_600_000, autoAdvance: true }) }),
      check: async ({ error }, job, what) => {
        expect(error, what).toBeDefined();
        const { plan: stays, hasRecord } = await readVault(bench);
        if (hasRecord) expect(stays, what).toBe(PLAN);
        expect((await job.post()).error, what).toBeUndefined();
        expect(await bench.lock(KEY), what).toBeUndefined();
        expect(existsSync(pathOfPlan(job)), what).toBe(false);
      },
    });
    expect(calls).toBeGreaterThan(5);
    expect(end.outputs.reason_code).toBe('plan_expired');
  },
);
