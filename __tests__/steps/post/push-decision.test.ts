import { describe, expect, it } from 'vitest';
import type { StateFacts } from '../../../src/backend/state/hash-and-inspect.ts';
import { type PushBase, pushBase } from '../../../src/steps/post/push-base.ts';
import { decidePushForJob } from '../../../src/steps/post/push-decision.ts';
import { localState, readFacts, stateText } from '../../job-state/state-texts.ts';

const CHANGED = { mode: 'hold', push: 'changed' } as const;
const NEVER = { mode: 'hold', push: 'never' } as const;
const UNLOCKED = { mode: 'none', push: 'changed' } as const;
const NOTHING = pushBase({ state: undefined, etag: undefined, storedDigest: undefined });

/** What main pulled: the state that `stateText` makes from the options. */
function pulled(options: Parameters<typeof stateText>[0] = {}): PushBase {
  return makeBase(readFacts(options));
}

function makeBase({ md5, inspection }: StateFacts): PushBase {
  if (inspection.kind !== 'state') throw new Error('no state');
  const { header, content, isEmpty } = inspection;
  const { serial, lineage } = header;
  return pushBase({ state: { md5, serial, lineage, content, isEmpty }, etag: '"e"', storedDigest: md5 });
}

/** A state as OpenTofu encrypts it, except for the ciphertext. */
function encryptedText(serial: number, cipher: string): string {
  const lineage = 'lineage-1';
  return JSON.stringify({ serial, lineage, meta: {}, encrypted_data: cipher, encryption_version: 'v0' });
}

describe("the decision about the job's state", () => {
  it('the same bytes need no push', () => {
    const decision = decidePushForJob(CHANGED, pulled({ serial: 4 }), localState({ serial: 4 }));
    expect(decision).toEqual({ kind: 'unchanged' });
  });

  it('other bytes with the same content need none either', () => {
    const reprinted = localState(JSON.stringify(JSON.parse(stateText({ serial: 4 }))));
    expect(decidePushForJob(CHANGED, pulled({ serial: 4 }), reprinted)).toEqual({ kind: 'unchanged' });
  });

  it('what the checkpointer already pushed needs none, and counts as pushed', () => {
    const local = localState({ serial: 4 });
    const checkpoint = { versionId: 'v', conditional: true, isDigestWritten: true, isConfirmed: true };
    const base = { ...pulled({ serial: 4 }), checkpoint };
    expect(decidePushForJob(CHANGED, base, local)).toEqual({ kind: 'checkpointed', local });
  });

  it('a higher serial of the same lineage is pushed', () => {
    const local = localState({ serial: 6, names: ['a', 'b'] });
    expect(decidePushForJob(CHANGED, pulled({ serial: 4 }), local)).toEqual({ kind: 'push', local });
  });

  it('the first state of all is pushed', () => {
    const local = localState({ serial: 1 });
    expect(decidePushForJob(CHANGED, NOTHING, local)).toEqual({ kind: 'push', local });
  });

  it('without a file there is nothing to push: the job made none or removed it', () => {
    expect(decidePushForJob(CHANGED, NOTHING, undefined)).toEqual({ kind: 'no_state' });
    expect(decidePushForJob(CHANGED, pulled(), undefined)).toEqual({ kind: 'removed' });
  });

  it("the empty file that Terraform's own lock makes is no state", () => {
    expect(decidePushForJob(CHANGED, NOTHING, localState(''))).toEqual({ kind: 'no_state' });
  });

  it('push: never leaves a change alone', () => {
    const unlocked = { ...NEVER, mode: 'none' } as const;
    expect(decidePushForJob(unlocked, NOTHING, localState({ serial: 5 }))).toEqual({ kind: 'never' });
    expect(decidePushForJob(NEVER, pulled({ serial: 4 }), localState({ serial: 5 }))).toEqual({
      kind: 'never',
    });
    expect(decidePushForJob(NEVER, pulled({ serial: 4 }), localState({ serial: 4 })).kind).toBe('unchanged');
    expect(decidePushForJob(NEVER, NOTHING, localState('garbage'))).toEqual({ kind: 'never' });
  });

  it.each([
    ['the same ciphertext', 4, 'A', 'unchanged'],
    ['another ciphertext with the same serial', 4, 'B', 'unchanged'],
    ['a higher serial', 5, 'B', 'push'],
    ['a lower serial', 3, 'B', 'refuse'],
  ])('of an encrypted state, %s: %s', (_, serial, cipher, kind) => {
    const facts = readFacts(encryptedText(4, 'A'));
    const local = { ...localState(''), facts: readFacts(encryptedText(serial, cipher)) };
    expect(decidePushForJob(CHANGED, makeBase(facts), local).kind).toBe(kind);
  });

  it('a state that OpenTofu began, or ceased, to encrypt is pushed without a higher serial', () => {
    const encrypted = { ...localState(''), facts: readFacts(encryptedText(4, 'A')) };
    expect(decidePushForJob(CHANGED, pulled({ serial: 4 }), encrypted).kind).toBe('push');
    expect(decidePushForJob(CHANGED, makeBase(encrypted.facts), localState({ serial: 4 })).kind).toBe('push');
  });

  it('without a lock a change is refused, and the same content is none', () => {
    const refused = { kind: 'refuse', details: { reason: 'changed_without_lock' } };
    const changed = localState({ serial: 5, value: 'x' });
    expect(decidePushForJob(UNLOCKED, pulled({ serial: 4 }), changed)).toMatchObject(refused);
    expect(decidePushForJob(UNLOCKED, NOTHING, localState({ serial: 1 }))).toMatchObject(refused);
    const reprinted = localState(JSON.stringify(JSON.parse(stateText({ serial: 4 }))));
    expect(decidePushForJob(UNLOCKED, pulled({ serial: 4 }), reprinted)).toEqual({ kind: 'unchanged' });
  });

  it.each([
    ['another lineage', { serial: 9, lineage: 'other' }, { kind: 'lineage_differs', after: 'other' }],
    ['a lower serial', { serial: 3, value: 'x' }, { kind: 'serial_older', before: 4n, after: 3n }],
    [
      'the same serial with other content',
      { serial: 4, value: 'x' },
      { kind: 'serial_equal_content_differs', serial: 4n },
    ],
  ])('%s is refused', (_, options, refusal) => {
    expect(decidePushForJob(CHANGED, pulled({ serial: 4 }), localState(options))).toMatchObject({
      kind: 'refuse',
      details: { reason: 'push_refused', refusal },
    });
  });

  it.each([
    ['cut off', stateText().slice(0, -20), 'truncated'],
    ['emptied', '', 'empty'],
    ['not JSON', 'plan: 1 to add', 'not_json'],
    ['of another version', '{"version":3}', 'not_version_4'],
    ['encrypted by OpenTofu', '{"encrypted_data":"x","meta":{},"encryption_version":"v0"}', 'encrypted'],
  ])('a file that is %s is refused, even over nothing', (_, text, problem) => {
    const before = text === '' ? pulled() : NOTHING;
    expect(decidePushForJob(CHANGED, before, localState(text))).toMatchObject({
      kind: 'refuse',
      details: { reason: 'state_unreadable', where: 'local', problem },
    });
  });
});
