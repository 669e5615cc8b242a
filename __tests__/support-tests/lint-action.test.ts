import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lintAction } from '../../scripts/lint-action.ts';

const root = mkdtempSync(join(tmpdir(), 'lint-action-'));
mkdirSync(join(root, 'dist'));
writeFileSync(join(root, 'dist/main.js'), '');
afterAll(() => rmSync(root, { recursive: true }));

const GOOD = `name: N
description: D
inputs:
  a:
    description: An input.
    required: true
outputs:
  b:
    description: An output.
runs:
  using: node24
  main: dist/main.js
branding:
  icon: lock
  color: purple
`;

const findings = (text: string, file = 'action.yml') =>
  lintAction(text, file, root).map(({ line, message }) => `${line}: ${message}`);

describe('action.yml lint', () => {
  it('finds nothing in a good one, at the root or in a folder', () => {
    expect(findings(GOOD)).toEqual([]);
    expect(findings(GOOD.replace('dist/main.js', '../dist/main.js'), 'unlock/action.yml')).toEqual([]);
  });

  it.each([
    ['an unknown top-level key', `${GOOD}env: {}\n`, '16: unknown top-level key: env'],
    [
      'a missing description of an input',
      GOOD.replace('    description: An input.\n', ''),
      '5: inputs.a has no description',
    ],
    ['an undescribed output', GOOD.replace('An output.', '""'), '9: outputs.b has no description'],
    ['another runtime', GOOD.replace('node24', 'node20'), '11: runs.using must be node24'],
    [
      'an entry that is not there',
      GOOD.replace('main.js', 'gone.js'),
      '12: runs.main does not exist: dist/gone.js',
    ],
    ['an entry outside dist', GOOD.replace('dist/', 'src/'), '12: runs.main must lie in dist: src/main.js'],
    ['a color GitHub does not know', GOOD.replace('purple', 'pink'), '14: branding.color must be one of'],
    [
      'a key of an input that GitHub does not know',
      GOOD.replace('required', 'requird'),
      '6: unknown inputs.a key: requird',
    ],
    ['broken YAML', 'name: [', ''],
  ])('finds %s', (_, text, finding) => {
    expect(findings(text).join('\n')).toContain(finding);
    expect(findings(text)).not.toEqual([]);
  });
});
