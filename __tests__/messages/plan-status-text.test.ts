import { expect, it } from 'vitest';
import { explainMisfit } from '../../src/messages/check-text.ts';
import { type Misfit, misfitStatus } from '../../src/messages/plan-status-text.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { scope } from '../job-state/scopes.ts';

const EVIL = `\u001b[31m${'x'.repeat(300)}\n::error::boo`;
const planId = '4711-1';
const record = planRecord({
  fingerprint: EVIL,
  origin: { ...planRecord().origin, run: EVIL, actor: EVIL, ref: EVIL },
  state: { bucket: EVIL, key: EVIL, workspace: EVIL },
});
const MISFITS: readonly Misfit[] = [
  { reason: 'plan_not_found', planId, record: undefined },
  { reason: 'plan_tampered', planId, found: { kind: 'record', detail: EVIL } },
  { reason: 'plan_of_fork', planId, record },
  { reason: 'plan_of_other_state', planId, record },
  { reason: 'plan_expired', planId, record, expiredAt: 0, isDeleted: false },
  { reason: 'plan_stale', planId, record, fingerprint: 'no-state', current: undefined },
  { reason: 'fingerprint_mismatch', expected: EVIL, actual: 'no-state', current: undefined },
];

it.each(MISFITS)('$reason: names the plan or state and what to do, and mentions no stopped job', (misfit) => {
  const text = explainMisfit(scope, misfit);
  const [first = ''] = text.split('\n');
  expect(first).toMatch(/s3:\/\/|[Pp]lan 4711-1/);
  expect(text).toMatch(/plan again|Plan again|plan there|plan job again/);
  expect(text).not.toContain('of this job');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|^::error/m);
});

it.each(MISFITS)('$reason: a status fits 140 characters, whoever changed the state', (misfit) => {
  const mover = { actor: EVIL, time: new Date(0), serial: 2n ** 64n - 1n };
  expect(misfitStatus(misfit, mover).length).toBeLessThanOrEqual(140);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a page
  expect(misfitStatus(misfit, mover)).not.toMatch(/[\u0000-\u001f]/);
});

it('a status of a stale plan says who changed the state, when and to which serial, as far as that is known', () => {
  const stale = {
    reason: 'fingerprint_mismatch',
    expected: 'a',
    actual: 'b',
    current: undefined,
  } as const;
  const mover = { actor: 'mallory', time: new Date('2026-03-01T08:00:00.123Z'), serial: 12n };
  expect(misfitStatus(stale, mover)).toBe(
    'mallory changed the state to serial 12 at 2026-03-01T08:00:00Z: plan again',
  );
  expect(misfitStatus(stale, { ...mover, actor: null, time: null })).toBe(
    'The state changed to serial 12: plan again',
  );
  expect(misfitStatus(stale, undefined)).toBe('The state is gone: plan again');
});
