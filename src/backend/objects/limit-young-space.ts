import { setFlagsFromString } from 'node:v8';

/** Bytes. Whatever is larger must not need more memory. */
const LARGE = 1024 * 1024;

let isLimited = false;

/**
 * Limits the memory of a large streamed file, of which so many bytes are known (docs/design.md#streams-not-buffers). Its
 * buffers are freed only when V8 collects young objects, which it does when their space is full. That space must
 * therefore not grow, as it does in a busy program.
 *
 * Changes nothing for a small file, because V8 then rejects what was compiled under other settings, both Node's own
 * modules and ours in the compile cache.
 */
export function limitYoungSpace(bytes: number): void {
  if (isLimited || bytes <= LARGE) return;
  isLimited = true;
  setFlagsFromString('--semi-space-growth-factor=1');
}
