import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { keepRecord } from '../../../src/job-state/checkpoint-record.ts';
import type { SavedState } from '../../../src/job-state/saved-state.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { takeOverCheckpointer } from '../../../src/steps/post/take-over-checkpointer.ts';
import { makeSession } from '../../job-state/support.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';
import { fakeDependencies } from '../../support/dependencies.ts';

const motoUrl = inject('motoUrl') ?? '';
const PID = 4711;
const state = { md5: 'm', serial: 7n, lineage: 'l', content: 'c', isEmpty: false };
const pulled = { state, etag: '"pulled"', storedDigest: 'm' };
const base = { checkpoint: undefined, inDoubt: [] };

describe.skipIf(motoUrl === '')('taking over from a checkpointer', () => {
  let bench: BackendBench;
  let directory: string;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'takeover' });
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'takeover-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  afterAll(() => bench.close());

  /** Takes over when the process with the checkpointer's id runs this command; `obeys`: what ends it. */
  async function takeOver(command: string | undefined, obeys?: NodeJS.Signals, saved?: Partial<SavedState>) {
    const messages: string[] = [];
    const signals: string[] = [];
    let running = command;
    const say = (text: string): void => void messages.push(text);
    const deps = fakeDependencies({
      runner: { ...actionsRunner, info: say, warning: say },
      processes: {
        parent: undefined,
        start: async () => PID,
        isAlive: () => running !== undefined,
        commandLine: async () => {
          if (running === 'unreadable') return { kind: 'unreadable' };
          return running === undefined ? { kind: 'gone' } : { kind: 'read', text: running };
        },
        signal: (pid, name) => {
          signals.push(`${name} to ${pid}`);
          if (name === obeys) running = undefined;
        },
      },
    });
    const session = makeSession({
      checkpointMs: 20_000,
      privateDirectory: directory,
      stateDirectory: directory,
      lock: { id: 'ours', info: '{}', heartbeatMs: 20_000 },
    });
    const all: SavedState = {
      session,
      lockStatus: 'held',
      times: undefined,
      isQueued: false,
      pulled,
      checkpointerPid: PID,
      hostNames: undefined,
      plan: undefined,
      handedOverAt: undefined,
      ...saved,
    };
    const taken = await takeOverCheckpointer(deps, bench.newBackend(), all);
    return { taken, signals, messages: messages.join('\n') };
  }
  const checkpointerCommand = () => `node /actions/dist/checkpointer.js ${directory} 4000`;

  it('ends it and continues from its last checkpoint', async () => {
    const record = keepRecord(directory, PID);
    const committed = { state: { ...state, serial: 9n }, etag: '"e"', versionId: 'v', storedDigest: 'm' };
    record.update({
      committed: { ...committed, conditional: true, isDigestWritten: true, isConfirmed: true },
      checkpoints: 2,
      committedAt: [],
      end: 'asked',
    });
    const { taken, signals, messages } = await takeOver(checkpointerCommand(), 'SIGTERM');
    expect(signals).toEqual([`SIGTERM to ${PID}`]);
    expect(taken).toMatchObject({ state: { serial: 9n }, etag: '"e"', checkpoint: { versionId: 'v' } });
    expect(messages).toBe(
      'While the job ran, the checkpointer pushed 2 checkpoints, the last with serial 9.',
    );
  });

  it("kills one that doesn't respond", async () => {
    const { taken, signals } = await takeOver(checkpointerCommand(), 'SIGKILL');
    expect(signals).toEqual([`SIGTERM to ${PID}`, `SIGKILL to ${PID}`]);
    expect(taken).toEqual({ ...pulled, ...base });
  });

  it('leaves a process alone that only has the same id', async () => {
    const { signals, messages } = await takeOver('postgres: checkpointer');
    expect(signals).toEqual([]);
    expect(messages).toContain('ended early');
  });

  it('reports one that is gone without a reason as crashed, and shows its last output', async () => {
    keepRecord(directory, PID).update({ log: ['out of cheese'] });
    const { messages } = await takeOver(undefined);
    expect(messages).toContain("ended early. The job's state is safe");
    expect(messages).toContain('out of cheese');
  });

  it('warns about what prevented its last checkpoint', async () => {
    keepRecord(directory, PID).update({ lastError: 'AWS was down', end: 'asked' });
    const { messages } = await takeOver(checkpointerCommand(), 'SIGTERM');
    expect(messages).toBe("The checkpointer's last attempt during the job failed: AWS was down");
  });

  it("recognises one by its own record when its command line can't be read", async () => {
    keepRecord(directory, PID);
    const { signals, messages } = await takeOver('unreadable', 'SIGTERM');
    expect(signals).toEqual([`SIGTERM to ${PID}`]);
    expect(messages).toBe('');
  });

  it.each([
    ['says that it ended', { end: 'asked' as const }, PID],
    ['is that of another process', {}, PID + 1],
  ])('leaves an unreadable process alone when the record %s', async (_, change, pid) => {
    keepRecord(directory, pid).update(change);
    expect((await takeOver('unreadable', 'SIGTERM')).signals).toEqual([]);
  });

  it("finds one by its record when its id wasn't saved", async () => {
    keepRecord(directory, PID);
    const { signals } = await takeOver(checkpointerCommand(), 'SIGTERM', { checkpointerPid: undefined });
    expect(signals).toEqual([`SIGTERM to ${PID}`]);
  });

  it('does nothing when there is none, or in a second post', async () => {
    expect(await takeOver(checkpointerCommand(), 'SIGTERM', { checkpointerPid: undefined })).toEqual({
      taken: { ...pulled, ...base },
      signals: [],
      messages: '',
    });
    rmSync(directory, { recursive: true });
    expect(await takeOver(undefined)).toMatchObject({ signals: [], messages: '' });
  });
});
