import { afterAll, describe, it } from 'vitest';
import { describePlatform } from '../platform/describe-platform.ts';
import { openWindows } from './wine.ts';

const windows = await openWindows();
afterAll(() => windows?.stop());

if (windows === undefined) {
  describe.skip('Node for Windows', () => it('runs under Wine', () => {}));
} else {
  const { ourPath } = windows;
  describePlatform({
    name: 'Windows (Wine)',
    isWindows: true,
    machine: windows,
    ourPath,
    terraform: undefined,
  });
}
