import { expect, it } from 'vitest';
import { noteOutputs, type OutputsRunner } from '../../../src/steps/outputs/set-outputs.ts';

it("shows the author's deprecation text without letting it start a line or command", () => {
  const notices: string[] = [];
  const runner: OutputsRunner = {
    info() {},
    mask() {},
    output() {},
    exportVariable() {},
    notice: (text) => void notices.push(text),
  };
  const deprecated = [{ label: 'network.vpc', text: 'use vpc_id\n::error::gone' }];
  noteOutputs(
    runner,
    { settings: [], variables: [], omitted: [], notExported: [], deprecated },
    {},
    new Set(),
  );
  expect(notices).toEqual([
    expect.stringMatching(/^Deprecated outputs.*\nnetwork\.vpc: use vpc_id\S+::error::gone$/),
  ]);
});

it('reports an output that is too large for a job output, counted in UTF-16 as GitHub does', () => {
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
    state: '',
    expected: name,
    json: null,
    masks: undefined,
    value: 'x'.repeat(length),
  });
  const settings = [setting('fits', 512 * 1024), setting('large', 512 * 1024 + 1)];
  noteOutputs(
    runner,
    { settings, variables: [], omitted: [], notExported: [], deprecated: [] },
    {},
    new Set(),
  );
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/two bytes per character: large\. /);
});
