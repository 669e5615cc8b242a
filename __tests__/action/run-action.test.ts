import { describe, expect, it } from 'vitest';
import { type Action, type ActionDependencies, runAction } from '../../src/action/run-action.ts';

type Fake = Action<ActionDependencies, { readonly warnings: readonly string[] }, string>;

const ACTION: Fake = {
  secretInputs: ['github_token'],
  readInputs: async () => ({ warnings: ['an old name'] }),
  work: async () => 'the end',
  describeEnd: (end) => ({
    code: 'done',
    details: { end },
    outputs: { found: 'true' },
    summary: () => '### Done',
    problem: undefined,
  }),
  describeFailure: () => ({ code: 'broken', details: { inputs: ['key'] } }),
};

/** The commands that the runner got, in order, and the error that the action threw. */
async function run(change: Partial<Fake>, refusesSummary = false) {
  const reported: string[][] = [];
  const note = (command: string) => (text: string) => void reported.push([command, text]);
  const deps: ActionDependencies = {
    env: { INPUT_GITHUB_TOKEN: 'ghs_secret' },
    runner: {
      mask: note('mask'),
      warning: note('warning'),
      output: (name, value) => void reported.push([name, value]),
      summary: async (markdown) => {
        if (refusesSummary) throw new Error('No space left on device');
        reported.push(['summary', markdown]);
      },
    },
    clock: { now: () => 0 },
  };
  const error: unknown = await runAction(deps, { ...ACTION, ...change }).catch((thrown) => thrown);
  return { reported, error };
}

describe('an action', () => {
  it('masks its secrets first, and sets its result at the end', async () => {
    const { reported, error } = await run({});
    expect(error).toBeUndefined();
    expect(reported).toEqual([
      ['mask', 'ghs_secret'],
      ['warning', 'an old name'],
      ['summary', '### Done'],
      ['found', 'true'],
      ['reason_code', 'done'],
      ['result', '{"schema_version":1,"ok":true,"reason_code":"done","end":"the end"}'],
    ]);
  });

  it.each(['readInputs', 'work', 'describeEnd'] as const)('sets its result when %s fails', async (part) => {
    const slip = new Error('a slip');
    const { reported, error } = await run({
      [part]: () => {
        throw slip;
      },
    });
    expect(error).toBe(slip);
    expect(reported.slice(-2)).toEqual([
      ['reason_code', 'broken'],
      ['result', '{"schema_version":1,"ok":false,"reason_code":"broken","inputs":["key"]}'],
    ]);
  });

  it('sets all of its outputs when it fails after finding a problem', async () => {
    const problem = new Error('not healthy');
    const { reported, error } = await run({
      describeEnd: (end) => ({ ...ACTION.describeEnd(end), problem }),
    });
    expect(error).toBe(problem);
    expect(reported.slice(-3)).toEqual([
      ['found', 'true'],
      ['reason_code', 'done'],
      ['result', '{"schema_version":1,"ok":false,"reason_code":"done","end":"the end"}'],
    ]);
  });

  it("does not fail when the summary can't be written", async () => {
    const { reported, error } = await run({}, true);
    expect(error).toBeUndefined();
    expect(reported).toContainEqual(['warning', expect.stringContaining('No space left on device')]);
    expect(reported).toContainEqual(['reason_code', 'done']);
  });
});
