import { describe, expect, it } from 'vitest';
import type { FileFormat } from '../../../src/steps/outputs/file-inputs.ts';
import type { ListedBy } from '../../../src/steps/outputs/listed-states.ts';
import { planOutputs } from '../../../src/steps/outputs/plan.ts';
import { OutputsRefused } from '../../../src/steps/outputs/refusal.ts';
import { renderFile } from '../../../src/steps/outputs/render-file.ts';
import { selectOutputs } from '../../../src/steps/outputs/select.ts';
import { ADDRESS, makeState } from './support.ts';

const NETWORK = makeState({ vpc_id: 'vpc-1', 'sub-nets': ['a', 1] }, { password: 'hunter2hunter2' });

interface Given {
  readonly format: FileFormat;
  readonly states?: Readonly<Record<string, ReturnType<typeof makeState>>>;
  readonly listedBy?: ListedBy;
  readonly prefix?: string;
  readonly select?: readonly string[];
  readonly sensitive?: 'omit' | 'mask';
}

function render({ format, listedBy, states = { network: NETWORK }, ...given }: Given) {
  const select = given.select ?? [];
  const names = Object.keys(states);
  const selected = names.map((name) =>
    selectOutputs(ADDRESS, states[name], { select: [], defaults: new Map() }, name),
  );
  const sensitive = given.sensitive ?? 'omit';
  const { settings } = planOutputs(selected, { listedBy, sensitive, envPrefix: undefined, select });
  const file = { path: '/w/f', format, prefix: given.prefix ?? '' };
  return renderFile(settings, { file, listedBy, names, select });
}

function findRefusal(given: Given): readonly [string, string] | undefined {
  try {
    render(given);
    return undefined;
  } catch (error) {
    if (error instanceof OutputsRefused) return [error.code, error.message.split('\n')[0] ?? ''];
    throw error;
  }
}

describe('the file with the outputs', () => {
  it('as JSON has them under their own names, and by state when there are several', () => {
    expect(render({ format: 'json' }).text).toBe(
      '{\n  "sub-nets": [\n    "a",\n    1\n  ],\n  "vpc_id": "vpc-1"\n}\n',
    );
    const states = { a: makeState({ x: 1 }), b: makeState({}) };
    expect(JSON.parse(render({ format: 'json', states, listedBy: 'states' }).text)).toEqual({
      a: { x: 1 },
      b: {},
    });
  });

  it('contains sensitive values only if the job gets them, too', () => {
    for (const format of ['json', 'tfvars'] as const) {
      expect(render({ format }).text).not.toContain('hunter2');
      expect(JSON.parse(render({ format, sensitive: 'mask' }).text)).toMatchObject({
        password: 'hunter2hunter2',
      });
    }
  });

  it('as Terraform variables has names that Terraform accepts', () => {
    const states = { network: NETWORK };
    expect(JSON.parse(render({ format: 'tfvars', states, listedBy: 'states' }).text)).toEqual({
      network_vpc_id: 'vpc-1',
      'network_sub-nets': ['a', 1],
    });
    const unfit = { format: 'tfvars', states: { n: makeState({ '1st': 1, 'a b': 2, größe: 3 }) } } as const;
    expect(findRefusal(unfit)).toEqual(['outputs_file_refused', expect.stringMatching(/: 1st, a b\.$/)]);
  });

  it('as environment variables has those that the workflow names, by prefix or one by one', () => {
    const text = `TF_VAR_sub_nets='["a",1]'\nTF_VAR_vpc_id=vpc-1\n`;
    expect(render({ format: 'dotenv', prefix: 'TF_VAR_' })).toEqual({ text, left: [] });
    expect(render({ format: 'dotenv', select: ['vpc_id', 's*'] })).toEqual({
      text: 'vpc_id=vpc-1\n',
      left: ['sub-nets'],
    });
  });

  it('sets no variable that tools read, none twice and none that parsers read differently', () => {
    const one = (values: Record<string, unknown>) => ({ n: makeState(values) });
    const select = ['PATH', 'a-b', 'a_b', 'v'];
    expect(findRefusal({ format: 'dotenv', select, states: one({ PATH: '/x' }) })?.[0]).toBe(
      'outputs_file_refused',
    );
    expect(findRefusal({ format: 'dotenv', select, states: one({ 'a-b': 1, a_b: 2 }) })?.[0]).toBe(
      'names_collide',
    );
    const odd = one({ v: `it's "quoted"` });
    expect(findRefusal({ format: 'dotenv', select, states: odd })).toEqual([
      'outputs_file_refused',
      expect.stringMatching(/: v\.$/),
    ]);
    expect(findRefusal({ format: 'json', select, states: odd })).toBeUndefined();
  });
});
