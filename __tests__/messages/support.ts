import { expect } from 'vitest';
import type { StateScope } from '../../src/backend/state-error.ts';
import { scope } from '../job-state/scopes.ts';

/** Expects that a text about the lock of `makeHolder()` has the commands that free it from the stores of its scope. */
export function expectCommandsForEachScope(readText: (where: StateScope) => string): void {
  const inFile = readText({ ...scope, table: undefined, useLockfile: true });
  const inBoth = readText({ ...scope, useLockfile: true });
  for (const words of [inFile, inBoth]) expect(words).toMatch(/with\n {2}terraform force-unlock eaa41826/);
  for (const words of [inFile, inBoth]) expect(words).toContain('\n  held=$(aws s3 cp ');
  expect(inFile).not.toContain('dynamodb');
  expect(inBoth).toContain('\n  aws dynamodb delete-item ');
}

/** Expects that a text sends nothing to a terminal or to the runner but its words. */
export function expectPlain(words: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  expect(words).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|^::error/m);
}

/** Text of other people that tries to break out of its quotes. */
export const EVIL = "'; rm -rf ~ #\n::error::\u001b[2J\u009b";
