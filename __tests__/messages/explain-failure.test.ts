import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/inputs/input-error.ts';
import { CodedError } from '../../src/messages/coded-error.ts';
import { explainFailure } from '../../src/messages/explain-failure.ts';

const GUIDE = 'https://github.com/octo-org/terraform-s3-state/blob/v1/docs/troubleshooting.md';
const named = { actionRepository: 'octo-org/terraform-s3-state', actionRef: 'v1' };
const missing = new InputError([{ input: 'bucket', value: undefined, fix: 'set it' }]);

const linksIn = (text: string): string[] => [...text.matchAll(/^See .*$/gm)].map(([line]) => line);
const lastLine = (text: string): string | undefined => text.split('\n').at(-1);

describe("a failed step's error", () => {
  it('ends with a link to its reason code in the guide, for the running version', () => {
    expect(explainFailure(missing, named, 0)).toBe(
      `One input can't be used; nothing was touched.\n  bucket is missing: set it.\nSee ${GUIDE}#invalid_input`,
    );
  });

  it('has one link, that of the first error', () => {
    const text = explainFailure(new AggregateError([missing, new Error('b'), new Error('c')]), named, 0);
    expect(linksIn(text)).toEqual([`See ${GUIDE}#invalid_input`]);
    expect(lastLine(text)).toBe(`See ${GUIDE}#invalid_input`);
  });

  it('links to a reason code that it has itself', () => {
    expect(lastLine(explainFailure(new CodedError('plan_stale', 'moved'), named, 0))).toBe(
      `See ${GUIDE}#plan_stale`,
    );
  });

  it('links to internal_error for something unforeseen', () => {
    expect(lastLine(explainFailure(new TypeError('x'), named, 0))).toBe(`See ${GUIDE}#internal_error`);
  });

  it.each([
    ['', ''],
    ['octo-org/terraform-s3-state', ''],
    ['evil.example/a/b', 'v1'],
    ['a/b', 'v1)\n[x](http://evil.example'],
  ])(
    'names the page by its path when the action has no plain name: %j at %j',
    (actionRepository, actionRef) => {
      const text = explainFailure(missing, { actionRepository, actionRef }, 0);
      expect(lastLine(text)).toBe('See docs/troubleshooting.md#invalid_input');
    },
  );
});
