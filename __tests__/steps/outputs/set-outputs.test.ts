import { expect, it } from 'vitest';
import { noteOutputs, type OutputsRunner } from '../../../src/steps/outputs/set-outputs.ts';

it('what is too large for a job output is foretold as GitHub counts, which is in UTF-16', () => {
  const notices: string[] = [];
  const runner: OutputsRunner = {
    info() {},
    mask() {},
    output() {},
    exportVariable() {},
    notice: (text) => void notices.push(text),
  };
  const setting = (name: string, length: number) => ({
    label: name,
    output: name,
    name,
    masks: undefined,
    value: 'x'.repeat(length),
  });
  const settings = [setting('fits', 512 * 1024), setting('large', 512 * 1024 + 1)];
  noteOutputs(runner, { settings, variables: [], omitted: [], notExported: [] }, {}, new Set());
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/arguments: large\.$/);
});
