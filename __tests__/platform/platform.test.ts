import { inject } from 'vitest';
import { describePlatform } from './describe-platform.ts';

describePlatform({
  name: `this machine (${process.platform})`,
  isWindows: process.platform === 'win32',
  machine: undefined,
  ourPath: (path) => path,
  terraform: inject('terraform'),
});
