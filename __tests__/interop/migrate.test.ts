import { describe, expect, inject, it } from 'vitest';
import { actionFolder } from '../packaged/run-action.ts';
import { readItem } from '../support/aws.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

async function runMigrate(state: SharedState, inputs: Record<string, string>) {
  const job = await state.job();
  const { key: _, use_lockfile: _unused, ...where } = state.inputs;
  const table = { dynamodb_table: state.fixture.table, quiet_for: '0' };
  const stage = await job.run('main', {
    actionDir: actionFolder('migrate'),
    with: { ...where, ...table, ...inputs },
  });
  const states: { client: string; digest: string }[] = JSON.parse(stage.outputs.states ?? '[]');
  return {
    code: stage.outputs.reason_code,
    log: stage.log,
    found: states.map(({ client, digest }) => [client, digest]),
  };
}

describe.skipIf(!inject('terraform') || !motoUrl)('migrate/ and the real terraform', () => {
  it('recognises a Terraform with the table, with both locks and with the lock file; after finish it goes on', async () => {
    const state = await setUp({ lockedIn: 'both' });
    const [old, both, modern] = await Promise.all([
      state.laptop(undefined, {}, 'item'),
      state.laptop(undefined, {}, 'both'),
      state.laptop(undefined, {}, 'file'),
    ]);
    await old.apply('one');
    expect(await runMigrate(state, { command: 'dual' })).toMatchObject({
      code: 'not_proven',
      found: [['table', 'agrees']],
    });
    await both.apply('one', 'two');
    expect(await runMigrate(state, { command: 'dual' })).toMatchObject({
      code: 'proven',
      found: [['both', 'agrees']],
    });
    await modern.apply('one', 'two', 'three');
    expect(await runMigrate(state, { command: 'finish' })).toMatchObject({
      code: 'finished',
      found: [['file', 'differs']],
    });
    const digest = await readItem(state.clients, state.fixture.table, `${state.lockId}-md5`);
    expect([digest, await state.lockInfo(), await state.lockFile()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    for (const laptop of [modern, both]) {
      expect(await laptop.run('output', '-raw', 'words')).toBe('one,three,two');
    }
  });
});
