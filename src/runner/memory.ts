import { setFlagsFromString } from 'node:v8';

/**
 * Limits the memory of a large streamed state (docs/design.md#streams-not-buffers). Its buffers are freed only when V8
 * collects young objects, which it does when their space is full. That space must therefore not grow, as it does in a
 * busy program.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
