import { describe, expect, inject, it } from 'vitest';
import { readItem } from '../support/aws.ts';
import { openExample } from './example-job.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

/** Runs the example workflow with this text in the variable that chooses the command. */
async function runMigrate(state: SharedState, command?: string) {
  const variables: Record<string, string> = command === undefined ? {} : { LOCK_MIGRATION: command };
  const inputs = { dynamodb_table: state.fixture.table, quiet_for: '0' };
  const example = await openExample(state, 'migrate.yml', 'migrate', { variables, inputs });
  const stage = await example.run();
  const states: { client: string; digest: string }[] = JSON.parse(stage.outputs.states ?? '[]');
  return {
    code: stage.outputs.reason_code,
    log: stage.log,
    found: states.map(({ client, digest }) => [client, digest]),
  };
}

describe.skipIf(!inject('terraform') || !motoUrl)(
  'the example workflow of migrate/ and the real terraform',
  () => {
    it('recognises a Terraform with the table, with both locks and with the lock file; after finish it goes on', async () => {
      const state = await setUp({ lockedIn: 'both' });
      const [old, both, modern] = await Promise.all([
        state.laptop(undefined, {}, 'item'),
        state.laptop(undefined, {}, 'both'),
        state.laptop(undefined, {}, 'file'),
      ]);
      await old.apply('one');
      expect(await runMigrate(state)).toMatchObject({ code: 'listed', found: [['table', 'agrees']] });
      expect(await runMigrate(state, 'dual')).toMatchObject({
        code: 'not_proven',
        found: [['table', 'agrees']],
      });
      await both.apply('one', 'two');
      expect(await runMigrate(state, 'dual')).toMatchObject({
        code: 'proven',
        found: [['both', 'agrees']],
      });
      await modern.apply('one', 'two', 'three');
      expect(await runMigrate(state, 'finish')).toMatchObject({
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
  },
);
