import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { foundItem, lockItem } from '../../../src/backend/lock/lock-table.ts';
import { hashAndInspectFile } from '../../../src/backend/state/hash-and-inspect.ts';
import type { StateProvenance } from '../../../src/backend/state/provenance.ts';
import { storeFile } from '../../../src/backend/state/state-object.ts';
import { explain } from '../../../src/messages/explain.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { pullForJob } from '../../../src/steps/main/pull-for-job.ts';
import { holderOf, NOW } from '../../job-state/scopes.ts';
import { stateText } from '../../packaged/states.ts';
import { md5 } from '../../packaged/support.ts';
import { deleteItem, putItem, readItem } from '../../support/aws.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const motoUrl = inject('motoUrl') ?? '';
const BODY = stateText();
const BEFORE = md5('what was there before');
const NEWER = md5('what came later');

/** The lock of a job that died. */
const theirs: FoundLock = foundItem(
  lockItem('b/k', { id: 'theirs', info: holderOf({ id: 'theirs' }).raw ?? '', heartbeatMs: undefined }, 0),
);

describe.skipIf(motoUrl === '')('a state with the digest of another one', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'repair' });
  });
  afterAll(() => bench.close());

  /** Pulls what `written` left, with a table that has this digest. */
  async function pull(written: Partial<StateProvenance>, digest: string, broken: readonly FoundLock[]) {
    const backend = bench.newBackend();
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, BODY);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const { address, table } = backend;
    const provenance: StateProvenance = {
      run: 'https://github.com/acme/infra/actions/runs/7/attempts/1',
      actor: 'mona',
      lockId: 'theirs',
      md5: facts.md5,
      digestBefore: BEFORE,
      ...written,
    };
    await storeFile(backend, { key: address.objectKey, path, facts, provenance, expectedEtag: undefined });
    await putItem(bench.clients, table, address.digestPath, { Digest: digest });
    const notices: string[] = [];
    const runner = { ...actionsRunner, info: () => {}, notice: (text: string) => void notices.push(text) };
    const clock = createFakeClock({ startEpochMs: NOW, autoAdvance: true });
    const signal = new AbortController().signal;
    const result = await pullForJob({ runner, clock, signal }, backend, path, broken).catch(
      (error: unknown) => explain(error, NOW),
    );
    const stored = (await readItem(bench.clients, table, address.digestPath))?.Digest;
    await deleteItem(bench.clients, table, address.digestPath);
    return { result, notices, stored };
  }

  it('is given its own, where a job died between the two whose lock we have taken over', async () => {
    const { result, notices, stored } = await pull({}, BEFORE, [theirs]);
    expect(result).toMatchObject({ storedDigest: md5(BODY) });
    expect(stored).toBe(md5(BODY));
    expect(notices.join()).toContain(md5(BODY));
  });

  it('is given its own, where the job whose lock we have taken over had taken over that of the writer', async () => {
    expect((await pull({ lockId: 'the one before' }, BEFORE, [theirs])).stored).toBe(md5(BODY));
  });

  it('is given its own whatever the case of the digest before', async () => {
    const digest = BEFORE.toUpperCase();
    expect((await pull({ digestBefore: digest }, digest, [theirs])).stored).toBe(md5(BODY));
  });

  it.each<[string, Partial<StateProvenance>, string, readonly FoundLock[], RegExp]>([
    [
      'nobody’s lock was taken over',
      {},
      BEFORE,
      [],
      /whole as mona in .*runs\/7.*died between.*repair it with/,
    ],
    ['the digest is not the one from before', {}, NEWER, [theirs], /may be one of a newer state/],
    [
      'there was no digest before',
      { digestBefore: undefined },
      NEWER,
      [theirs],
      /may be one of a newer state/,
    ],
    ['it is not whole as it was written', { md5: NEWER }, BEFORE, [theirs], /so does a client without/],
  ])('is left alone when %s; the error says what is known', async (_, written, digest, broken, words) => {
    const { result, notices, stored } = await pull(written, digest, broken);
    expect(result).toMatch(/does not have the content/);
    expect(result).toMatch(words);
    expect(result).toContain(`"Digest":{"S":"${md5(BODY)}"}`);
    expect(stored).toBe(digest);
    expect(notices).toEqual([]);
  });
});
