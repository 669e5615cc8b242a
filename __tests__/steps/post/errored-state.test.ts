import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isInStore, whyNotTaken } from '../../../src/steps/post/errored-state.ts';
import { findErroredState, hashErroredState } from '../../../src/workspace-files/errored-state.ts';
import { localState, readFacts, stateText } from '../../job-state/state-texts.ts';

const errored = localState({ serial: 6, names: ['a'] }).facts;
const local = (serial: number) => localState({ serial, names: ['a'] });
const base = (serial: bigint) => {
  const { inspection } = local(Number(serial)).facts;
  if (inspection.kind !== 'state') throw new Error('no state');
  const { lineage } = inspection.header;
  return { state: { md5: 'm', serial, lineage, content: 'c', isEmpty: false } };
};

describe('an errored.tfstate', () => {
  it("is the job's last state if its serial is higher than the local file's", () => {
    expect(whyNotTaken(base(4n), local(5), errored)).toBeUndefined();
    expect(whyNotTaken(base(4n), local(6), errored)).toEqual({
      kind: 'serial_not_higher',
      serial: 6n,
      than: 6n,
    });
    expect(whyNotTaken(base(4n), local(7), errored)).toEqual({
      kind: 'serial_not_higher',
      serial: 6n,
      than: 7n,
    });
  });

  it('is compared with the pulled state if the local file is missing or truncated', () => {
    const cutOff = { path: 'p', copy: 'p', facts: readFacts('{"version": 4, "ser') };
    expect(whyNotTaken(base(5n), undefined, errored)).toBeUndefined();
    expect(whyNotTaken(base(5n), cutOff, errored)).toBeUndefined();
    expect(whyNotTaken(base(6n), cutOff, errored)).toMatchObject({ kind: 'serial_not_higher' });
    expect(whyNotTaken({ state: undefined }, undefined, errored)).toBeUndefined();
  });

  it('of another lineage, or incomplete, is not used', () => {
    const { state } = base(4n);
    const other = { state: { ...state, lineage: 'other' } };
    const reason = { kind: 'lineage_differs', expected: 'other' };
    expect(whyNotTaken(other, undefined, errored)).toMatchObject(reason);
    expect(whyNotTaken(base(4n), local(5), readFacts('{'))).toEqual({ kind: 'no_whole_state' });
  });

  it("of an earlier job is not this job's", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'errored-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'errored.tfstate');
    expect(await findErroredState(directory, 0, undefined)).toBeUndefined();
    await writeFile(path, '{}');
    await utimes(path, 1_000, 1_000);
    expect(await findErroredState(directory, 1_000_000, undefined)).toBe(path);
    expect(await findErroredState(directory, 1_000_001, undefined)).toBeUndefined();
    const before = await hashErroredState(directory);
    // A later date, and a file of its own with the same content, as a checkout or a cache makes it.
    await rm(path);
    await writeFile(path, '{}');
    expect(await findErroredState(directory, 1_000_000, before)).toBeUndefined();
    await writeFile(path, '{ }');
    expect(await findErroredState(directory, 1_000_000, before)).toBe(path);
  });

  it.each([
    ['that S3 holds', stateText({ serial: 5, names: ['a'] }), true],
    ['that is empty', stateText({ serial: 9, names: [] }), true],
    ['with a higher serial', stateText({ serial: 6, names: ['a'] }), false],
    ['with a lower serial', stateText({ serial: 4, names: ['a'] }), false],
    ['with other content', stateText({ serial: 5, names: ['b'] }), false],
    ['of another lineage', stateText({ serial: 5, names: ['a'], lineage: 'other' }), false],
    ['of a first apply, without a lineage', stateText({ serial: 1, names: ['a'], lineage: '' }), false],
    ['that is truncated', '{"version": 4, "ser', false],
    ['without a byte', '', true],
  ])('%s is not kept: %#', (_, text, isKept) => {
    const store = readFacts(stateText({ serial: 5, names: ['a'] })).inspection;
    if (store.kind !== 'state') throw new Error('no state');
    expect(isInStore(readFacts(text), { ...store.header, content: store.content })).toBe(isKept);
  });
});
