import { setFlagsFromString } from 'node:v8';

/**
 * For a process that mostly waits. V8 replaces a function with optimized code even in the middle of a loop. A renewal
 * of the lock has such a loop, in the SDK, over the lock's text. Whether the optimizer starts there is chance, and it
 * alone adds 5 MB of Node's file to the resident memory. Functions are still optimized between two calls, as for a large
 * state.
 *
 * Call it after the compile cache is written, and `letOptimizerIn` before more of the program is loaded: V8 rejects what
 * was compiled under other settings.
 */
export function keepOptimizerOut(): void {
  setFlagsFromString('--no-use-osr');
}

/** Undoes `keepOptimizerOut`. */
export function letOptimizerIn(): void {
  setFlagsFromString('--use-osr');
}

/**
 * For the environment of a process that mostly waits. The GNU C library returns to the system only what is at the end of
 * its heap. V8 needs 9 MB there to compile the bundle, which would stay resident. Blocks of this size and larger are
 * mapped one by one, and returned one by one. V8's are of 32 KiB. Smaller ones, such as a stream's, stay in the heap,
 * because each mapping costs time. One arena for all threads saves half a megabyte.
 */
export const SMALL_HEAP_VARIABLES: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024),
};
