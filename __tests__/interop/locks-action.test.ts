import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import type { StageResult } from '../support/runner.ts';
import { type LockedIn, type SharedState, sharedStates } from './shared-state.ts';

const LOCKS = join(import.meta.dirname, '../../locks');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

/** Lists all locks of the bucket and the table in a separate job, and frees those that are proven dead. */
async function listLocks(state: SharedState): Promise<StageResult> {
  const { key: _, checkpoint_interval: __, ...where } = state.inputs;
  const job = await state.job();
  return await job.run('main', { actionDir: LOCKS, with: { ...where, free: 'stale' } });
}

describe.skipIf(!inject('terraform') || !motoUrl)('the locks action and the real terraform', () => {
  it.for<[LockedIn, readonly string[]]>([
    ['item', ['item']],
    ['file', ['file']],
    ['both', ['item', 'file']],
  ])(
    'lists its lock as a person’s and never frees it, even after terraform was killed: %s',
    async ([lockedIn, places]) => {
      const state = await setUp({ lockedIn });
      const holder = await (await state.laptop()).hold();
      const info = (await state.lockInfo()) ?? (await state.lockFile());
      const { id, who } = parseLockHolder(info).info ?? {};
      const expected = [
        {
          key: state.objectKey,
          places,
          id,
          who,
          operation: 'OperationTypeApply',
          verdict: 'person',
          freed: null,
        },
      ];
      const alive = await listLocks(state);
      expect(alive.exitCode).toBe(0);
      expect(JSON.parse(alive.outputs.locks ?? '')).toMatchObject(expected);

      holder.process.signal('SIGKILL');
      await holder.process.end;
      const dead = await listLocks(state);
      expect(JSON.parse(dead.outputs.locks ?? '')).toMatchObject(expected);
      expect(dead.outputs).toMatchObject({ lock_count: '1', freed_count: '0', dead_count: '0' });
      expect((await state.lockInfo()) ?? (await state.lockFile())).toBe(info);
    },
  );
});
