import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { StateProvenance } from '../../../src/backend/records/provenance.ts';
import { hashAndInspectFile } from '../../../src/backend/state/hash-and-inspect.ts';
import { storeFile } from '../../../src/backend/state/state-object.ts';
import { explain } from '../../../src/messages/explain.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { pullForJob } from '../../../src/steps/main/pull-for-job.ts';
import { NOW } from '../../job-state/scopes.ts';
import { stateText } from '../../packaged/states.ts';
import { md5 } from '../../packaged/support.ts';
import { deleteItem, putItem, readItem } from '../../support/aws.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const motoUrl = inject('motoUrl') ?? '';
const BODY = stateText();
const BEFORE = md5('what was there before');
const NEWER = md5('what came later');

describe.skipIf(motoUrl === '')('a state with the digest of another one', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'repair' });
  });
  afterAll(() => bench.close());

  /** Pulls what `written` left, with a table that has this digest. */
  async function pull(item: Record<string, string>, written: Partial<StateProvenance> = {}, isLocked = true) {
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
      ...written,
    };
    await storeFile(backend, { key: address.objectKey, path, facts, provenance, expectedEtag: undefined });
    await putItem(bench.clients, table, address.digestPath, item);
    const notices: string[] = [];
    const runner = { ...actionsRunner, info: () => {}, notice: (text: string) => void notices.push(text) };
    const clock = createFakeClock({ startEpochMs: NOW, autoAdvance: true });
    const signal = new AbortController().signal;
    const result = await pullForJob({ runner, clock, signal }, backend, path, isLocked).catch(
      (error: unknown) => explain(error, NOW),
    );
    const stored = await readItem(bench.clients, table, address.digestPath);
    await deleteItem(bench.clients, table, address.digestPath);
    return { result, notices, stored: stored && { Digest: stored.Digest, NextDigest: stored.NextDigest } };
  }

  const ANNOUNCED = { Digest: BEFORE, NextDigest: md5(BODY) };
  const OWN = { Digest: md5(BODY), NextDigest: undefined };

  it('gets its own digest when the table announced it, whoever freed the lock', async () => {
    const { result, notices, stored } = await pull(ANNOUNCED);
    expect(result).toMatchObject({ storedDigest: md5(BODY) });
    expect(stored).toEqual(OWN);
    expect(notices.join()).toMatch(/^Repaired the digest of s3:.*\n.*written by mona in .*runs\/7/);
  });

  it('gets its own digest even if the object lacks provenance or the digest has capitals', async () => {
    expect((await pull(ANNOUNCED, { md5: NEWER })).stored).toEqual(OWN);
    expect((await pull({ ...ANNOUNCED, Digest: BEFORE.toUpperCase() })).stored).toEqual(OWN);
  });

  it.each<[string, Record<string, string>, Partial<StateProvenance>, boolean, RegExp]>([
    ['we do not hold the lock', ANNOUNCED, {}, false, /mona in .*runs\/7.* died, or lost the lock/],
    [
      'only its metadata support it, which any writer of the bucket can forge',
      { Digest: BEFORE },
      {},
      true,
      /may belong to a newer state/,
    ],
    [
      'the table announced another digest',
      { Digest: BEFORE, NextDigest: NEWER },
      {},
      true,
      /may belong to a newer state/,
    ],
    ['nothing supports it', { Digest: BEFORE }, { md5: NEWER }, true, /or a client that does not use/],
  ])('is left alone when %s; the error says what is known', async (_, item, written, isLocked, words) => {
    const { result, notices, stored } = await pull(item, written, isLocked);
    expect(result).toMatch(/does not match its digest/);
    expect(result).toMatch(words);
    expect(result).toContain(`"Digest":{"S":"${md5(BODY)}"}`);
    expect(stored).toMatchObject(item);
    expect(notices).toEqual([]);
  });
});
