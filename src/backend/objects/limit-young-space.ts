import { setFlagsFromString } from 'node:v8';

/** Bytes. Whatever is larger must not need more memory. */
const LARGE = 1024 * 1024;

let isLimited = false;

/**
 * Limits the memory of a large streamed file or list (docs/design.md#streams-not-buffers). Its buffers are freed only when
 * V8 collects young objects, which it does when their space is full. That space must therefore not grow, as it does in a
 * busy program.
 */
export function limitYoungSpace(): void {
  if (isLimited) return;
  isLimited = true;
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * The same as soon as so many bytes of a file are known that it is large. From then on, V8 rejects what was compiled
 * under other settings, both Node's own modules and ours in the compile cache.
 */
export function limitYoungSpaceIfLarge(bytes: number): void {
  if (bytes > LARGE) limitYoungSpace();
}
