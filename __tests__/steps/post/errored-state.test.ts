import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { whyNotTaken } from '../../../src/steps/post/errored-state.ts';
import { findErroredState } from '../../../src/workspace-files/errored-state.ts';
import { factsOf, localState } from '../../job-state/state-texts.ts';

const errored = localState({ serial: 6, names: ['a'] }).facts;
const local = (serial: number) => localState({ serial, names: ['a'] });
const base = (serial: bigint) => {
  const { inspection } = local(Number(serial)).facts;
  if (inspection.kind !== 'state') throw new Error('no state');
  const { lineage } = inspection.header;
  return { state: { md5: 'm', serial, lineage, content: 'c', isEmpty: false } };
};

describe('an errored.tfstate', () => {
  it('is what the job made last if its serial is higher than that of the local file', () => {
    expect(whyNotTaken(base(4n), local(5), errored)).toBeUndefined();
    expect(whyNotTaken(base(4n), local(6), errored)).toContain('not higher than 6');
    expect(whyNotTaken(base(4n), local(7), errored)).toContain('not higher than 7');
  });

  it('is compared with the pulled state where the local file is gone or was cut off', () => {
    const cutOff = { path: 'p', copy: 'p', facts: factsOf('{"version": 4, "ser') };
    expect(whyNotTaken(base(5n), undefined, errored)).toBeUndefined();
    expect(whyNotTaken(base(5n), cutOff, errored)).toBeUndefined();
    expect(whyNotTaken(base(6n), cutOff, errored)).toContain('not higher');
    expect(whyNotTaken({ state: undefined }, undefined, errored)).toBeUndefined();
  });

  it('of another lineage, or not whole, is not taken', () => {
    const { state } = base(4n);
    expect(whyNotTaken({ state: { ...state, lineage: 'other' } }, undefined, errored)).toContain('lineage');
    expect(whyNotTaken(base(4n), local(5), factsOf('{'))).toBe('it is no whole state');
  });

  it('of an earlier job is none of this one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'errored-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'errored.tfstate');
    expect(await findErroredState(directory, 0)).toBeUndefined();
    await writeFile(path, '{}');
    await utimes(path, 1_000, 1_000);
    expect(await findErroredState(directory, 1_000_000)).toBe(path);
    expect(await findErroredState(directory, 1_000_001)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe('{}');
  });
});
