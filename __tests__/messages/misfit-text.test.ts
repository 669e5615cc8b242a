import { expect, it } from 'vitest';
import { explainMisfit, type Misfit, misfitStatus } from '../../src/messages/misfit-text.ts';
import { scope } from '../job-state/scopes.ts';

const EVIL = `\u001b[31m${'x'.repeat(300)}\n::error::boo`;
const MISFITS: readonly Misfit[] = [
  { reason: 'plan_not_found' },
  { reason: 'plan_tampered', detail: EVIL },
  { reason: 'plan_of_fork', run: EVIL },
  { reason: 'plan_of_other_state', state: { bucket: EVIL, key: EVIL, workspace: EVIL } },
  { reason: 'plan_expired', at: 0 },
  { reason: 'plan_stale', expected: EVIL, actual: 'no-state' },
];

it.each(MISFITS)('$reason: names the problem and the state, and says what to do', (misfit) => {
  const text = explainMisfit(scope, misfit, '4711-1', undefined);
  const [first = ''] = text.split('\n');
  expect(first).toContain('s3://');
  expect(text).toMatch(/[Pp]lan again|Check bucket/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|^::error/m);
});

it.each(MISFITS)('$reason: a status says so in 140 characters, whoever moved the state', (misfit) => {
  const mover = { actor: EVIL, time: new Date(0), serial: 2n ** 64n - 1n };
  expect(misfitStatus(misfit, mover).length).toBeLessThanOrEqual(140);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a page
  expect(misfitStatus(misfit, mover)).not.toMatch(/[\u0000-\u001f]/);
});

it('a status of a stale plan says who moved the state, when and to which serial, as far as that is known', () => {
  const stale = { reason: 'plan_stale', expected: 'a', actual: 'b' } as const;
  const mover = { actor: 'mallory', time: new Date('2026-03-01T08:00:00.123Z'), serial: 12n };
  expect(misfitStatus(stale, mover)).toBe(
    'mallory moved the state to serial 12 at 2026-03-01T08:00:00Z: plan again',
  );
  expect(misfitStatus(stale, { ...mover, actor: null, time: null })).toBe(
    'The state moved to serial 12: plan again',
  );
  expect(misfitStatus(stale, undefined)).toBe('The state is gone: plan again');
});
