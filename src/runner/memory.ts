import { setFlagsFromString } from 'node:v8';

/**
 * Bounds what a large state takes while it streams by (docs/design.md#streams-not-buffers): its buffers are freed only when V8 collects young
 * objects, which it does whenever their space is full. So that space must not grow, as it does in a busy program.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
