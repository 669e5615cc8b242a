import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const ROWS = [...MODEL.matchAll(/^\| (\d+) \| .* \| (.*) \|$/gm)];

describe('the threat model', () => {
  it('names a test for each hole, and each test exists', ({ task }) => {
    task.meta.hostileInputs = 0;
    expect(ROWS.map(([, number]) => Number(number))).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    for (const [row = '', , tests = ''] of ROWS) {
      const paths = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) =>
        path.startsWith('__tests__') ? path : `__tests__/security/${path}`,
      );
      expect(paths.length, row).toBeGreaterThan(0);
      for (const path of paths) expect(globSync(path, { cwd: ROOT }), path).toHaveLength(1);
    }
  });
});
