import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collisions,
  OUTPUTS_OUTPUTS,
  stepName,
  variableName,
} from '../../../src/steps/outputs/step-names.ts';

describe('the name of a step output', () => {
  it.each([
    ['vpc_id', 'vpc_id'],
    ['vpc-id', 'vpc-id'],
    ['größe', 'gr__e'],
    ['数据', '__'],
    ['😀x', '_x'],
    ['1st', '_1st'],
    ['-x', '_-x'],
    ['', '_'],
    ['__proto__', '__proto__'],
    ['workspace', 'output_workspace'],
    ['Names', 'output_Names'],
    ['reason_code', 'output_reason_code'],
  ])('%s is %s', (name, expected) => {
    expect(stepName(name)).toBe(expected);
  });

  it('can always be addressed by a workflow, never collides with ours and is stable', () => {
    const own: readonly string[] = OUTPUTS_OUTPUTS;
    const names = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...own), fc.string());
    fc.assert(
      fc.property(names, (name) => {
        const mapped = stepName(name);
        expect(mapped).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
        expect(own).not.toContain(mapped.toLowerCase());
        expect(stepName(mapped)).toBe(mapped);
      }),
    );
  });

  it('is the name itself if a workflow can address it', () => {
    const addressable = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]*$/);
    const own: readonly string[] = OUTPUTS_OUTPUTS;
    fc.assert(
      fc.property(addressable, (name) => {
        fc.pre(!own.includes(name.toLowerCase()));
        expect(stepName(name)).toBe(name);
      }),
    );
  });
});

describe('the name of a variable', () => {
  it.each([
    ['', 'vpc-id', 'vpc_id'],
    ['TF_VAR_', 'zones', 'TF_VAR_zones'],
    ['', '1st', '_1st'],
    ['A_', '1st', 'A_1st'],
    ['', 'größe', 'gr__e'],
  ])('%s and %s make %s', (prefix, name, expected) => {
    expect(variableName(prefix, name)).toBe(expected);
  });
});

it("two names collide when the runner can't tell them apart", () => {
  const named = (label: string) => ({ label, name: stepName(label) });
  const labels = ['url', 'Url', 'größe', 'gr__e', 'alone', 'workspace', 'output_workspace'].map(named);
  expect(collisions(labels).map((group) => group.map(({ label }) => label))).toEqual([
    ['url', 'Url'],
    ['größe', 'gr__e'],
    ['workspace', 'output_workspace'],
  ]);
});
