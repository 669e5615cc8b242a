import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { hashAndInspectFile } from '../../src/backend/state/hash-and-inspect.ts';
import type { PushSide } from '../../src/statefile/push-rules.ts';
import { decideCheckpoint } from '../../src/steps/checkpointer/decide-checkpoint.ts';
import { takeSnapshot, type WatchedFile, watchedFile } from '../../src/workspace-files/snapshot.ts';
import { readFacts, stateText } from '../job-state/state-texts.ts';

const directory = mkdtempSync(join(tmpdir(), 'snapshot-'));
const copyPath = join(directory, 'copy');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a copy of a file that is being written', () => {
  it('is the file as it was, readable only by this user', async () => {
    const path = join(directory, 'a');
    writeFileSync(path, stateText());
    const snapshot = await takeSnapshot(watchedFile(path), copyPath, undefined);
    expect(snapshot?.facts.md5).toBe(readFacts(stateText()).md5);
    expect(readFileSync(copyPath, 'utf8')).toBe(stateText());
    if (process.platform !== 'win32') expect(statSync(copyPath).mode & 0o777).toBe(0o600);
    expect(await takeSnapshot(watchedFile(path), copyPath, snapshot?.mark)).toBeUndefined();
    expect(await snapshot?.isStill()).toBe(true);
    writeFileSync(path, stateText({ serial: 2 }));
    expect(await snapshot?.isStill()).toBe(false);
    expect(await takeSnapshot(watchedFile(path), copyPath, snapshot?.mark)).toBeDefined();
  });

  it('is whole and correctly described when the file is larger than what is read at once', async () => {
    const path = join(directory, 'large');
    const names = Array.from({ length: 5_000 }, (_, i) => `instance_number_${i}`);
    const text = stateText({ names });
    expect(text.length).toBeGreaterThan(1024 * 1024);
    writeFileSync(path, text);
    const snapshot = await takeSnapshot(watchedFile(path), copyPath, undefined);
    expect(snapshot?.facts).toEqual(readFacts(text));
    expect(readFileSync(copyPath, 'utf8') === text).toBe(true);
    expect(await snapshot?.isStill()).toBe(true);
    expect(await hashAndInspectFile(path)).toEqual(snapshot?.facts);
  });

  it("takes up no room when it can't be finished, as on a full disk", async () => {
    const breaksOff: WatchedFile = {
      mark: async () => 'same',
      read: async function* () {
        yield Buffer.from('{"version":4,');
        throw new Error('ENOSPC: no space left on device');
      },
    };
    await expect(takeSnapshot(breaksOff, copyPath, undefined)).rejects.toThrow('ENOSPC');
    expect(existsSync(copyPath)).toBe(false);
  });

  it('is not made of an empty or missing file', async () => {
    const path = join(directory, 'b');
    expect(await takeSnapshot(watchedFile(path), copyPath, undefined)).toBeUndefined();
    writeFileSync(path, '');
    expect(await takeSnapshot(watchedFile(path), copyPath, undefined)).toBeUndefined();
  });

  it('gives only complete states with rising serials as checkpoints, whatever the reader meets', async () => {
    const steps = fc.array(fc.nat({ max: 3 }), { minLength: 5, maxLength: 60 });
    const serials = fc.uniqueArray(fc.integer({ min: 2, max: 60 }), { minLength: 2, maxLength: 6 });
    const chunk = fc.integer({ min: 60, max: 300 });
    await fc.assert(
      fc.asyncProperty(serials, steps, chunk, fc.boolean(), async (numbers, paces, chunkBytes, blind) => {
        const states = numbers
          .sort((a, b) => a - b)
          .map((serial) => stateText({ serial, value: `${serial % 10}` }));
        const pushed = await pushAll(overwritten(states, paces, chunkBytes, blind));
        const whole = new Set(states.map((state) => readFacts(state).md5));
        expect(pushed.filter(({ md5 }) => !whole.has(md5))).toEqual([]);
        const order = pushed.map(({ serial }) => Number(serial));
        expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
        // Once the writer pauses, the last state is pushed whatever came before.
        expect(order.at(-1)).toBe(numbers.at(-1));
      }),
      { numRuns: 60 },
    );
  });
});

/** A file whose writer comes to rest. */
interface OverwrittenFile extends WatchedFile {
  isAtRest(): boolean;
}

/**
 * Once the writer rests, every check reads the same bytes: the first pushes the last state if it has not been
 * pushed, the others push nothing.
 */
const LOOKS_AT_REST = 3;

/** What a checkpointer pushes of a file, check by check, until it has been unchanged for a while. */
async function pushAll(file: OverwrittenFile): Promise<PushSide[]> {
  const pushed: PushSide[] = [];
  let looksAtRest = 0;
  while (looksAtRest < LOOKS_AT_REST) {
    if (file.isAtRest()) looksAtRest += 1;
    const snapshot = await takeSnapshot(file, copyPath, undefined);
    const state = snapshot && decideCheckpoint(pushed.at(-1), snapshot.facts);
    if (state !== undefined && (await snapshot?.isStill())) pushed.push(state);
  }
  return pushed;
}

/**
 * A file that is rewritten in place, in the way of Terraform's local backend: emptied, then written part by
 * part. The writer does some of these steps whenever the reader does anything. `blind`: the file system's clock
 * shows no change but that of the size.
 */
function overwritten(
  states: readonly string[],
  paces: readonly number[],
  chunkBytes: number,
  blind: boolean,
): OverwrittenFile {
  const contents = states.flatMap((state) => ['', state.slice(0, 150), state.slice(0, 400), state]);
  let at = 0;
  let turn = 0;
  const now = (): Buffer => Buffer.from(contents[at] ?? '');
  const goOn = (): void => {
    at = Math.min(at + (paces[turn++] ?? 1), contents.length - 1);
  };
  return {
    isAtRest: () => at === contents.length - 1,
    mark: async () => {
      goOn();
      return now().length === 0 ? undefined : `${now().length}/${blind ? '' : at}`;
    },
    async *read() {
      for (let from = 0; from < now().length; from += chunkBytes) {
        yield now().subarray(from, from + chunkBytes);
        goOn();
      }
    },
  };
}
