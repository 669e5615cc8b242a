import { describe, expect, it } from 'vitest';
import { decideCheckpoint } from '../../../src/steps/checkpointer/decide-checkpoint.ts';
import { readFacts, stateText } from '../../job-state/state-texts.ts';

const makeSide = (options: Parameters<typeof stateText>[0]) => {
  const side = decideCheckpoint(undefined, readFacts(options));
  if (side === undefined) throw new Error('no state');
  return side;
};
const before = makeSide({ serial: 7 });

describe('a checkpoint is due for', () => {
  it('the first state of all', () => {
    expect(before).toMatchObject({ serial: 7n, lineage: 'lineage-1' });
  });

  it('a higher serial of the same lineage, even one that jumps', () => {
    for (const serial of [8, 9, 11]) {
      expect(decideCheckpoint(before, readFacts({ serial, names: ['a', 'b'] }))?.serial).toBe(BigInt(serial));
    }
  });

  it('nothing else: not the same state, an older one or another lineage', () => {
    for (const state of [
      { serial: 7 },
      { serial: 7, names: ['b'] },
      { serial: 6 },
      { serial: 8, lineage: 'other' },
    ]) {
      expect(decideCheckpoint(before, readFacts(state))).toBeUndefined();
    }
  });

  it('only a higher serial, even over a state without resources', () => {
    const empty = makeSide({ serial: 7, names: [] });
    expect(decideCheckpoint(empty, readFacts({ serial: 3 }))).toBeUndefined();
    expect(decideCheckpoint(empty, readFacts({ serial: 8 }))?.serial).toBe(8n);
  });

  it('never a partial state', () => {
    const whole = stateText({ serial: 8 });
    for (let end = 0; end < whole.trimEnd().length; end += 1) {
      expect(decideCheckpoint(before, readFacts(whole.slice(0, end)))).toBeUndefined();
    }
  });
});
