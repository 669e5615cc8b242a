import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { StageResult } from '../support/runner.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const FREEZE = join(import.meta.dirname, '../../freeze');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

async function freeze(state: SharedState, inputs: Record<string, string>): Promise<StageResult> {
  const { checkpoint_interval: _, ...where } = state.inputs;
  const job = await state.job({ actor: 'octocat', runAttempt: '2' });
  return await job.run('main', { actionDir: FREEZE, with: { ...where, ...inputs } });
}

describe.skipIf(!inject('terraform') || !motoUrl)('under a freeze, the real terraform', () => {
  it('prints its end, its reason and who made it in its own lock error, and goes on after a thaw', async () => {
    const state = await setUp({ lockedIn: 'both' });
    const laptop = await state.laptop();
    const reason = 'release "week" <é> & more';
    const frozen = await freeze(state, { command: 'freeze', until: '2d', reason });
    expect(frozen).toMatchObject({ exitCode: 0, outputs: { frozen: 'true' } });
    const { code, stderr } = await laptop.tryRun('plan');
    expect(code).toBe(1);
    // Terraform breaks its lines where it likes.
    const text = stderr.replaceAll(/[\s│]+/g, ' ');
    expect(text).toContain('Error acquiring the state lock');
    expect(text).toContain(`Operation: freeze until ${frozen.outputs.until}`);
    expect(text).toMatch(/Who: octocat@octo-org\/\w+/);
    expect(text).toContain(`/attempts/2 froze this state: ${reason} (to end it earlier`);
    expect(await freeze(state, { command: 'thaw' })).toMatchObject({ exitCode: 0 });
    await laptop.run('plan');
  });
});
