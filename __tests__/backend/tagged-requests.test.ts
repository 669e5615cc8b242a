import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockFile } from '../../src/backend/lock/lock-file.ts';
import { storePlan } from '../../src/backend/plan-vault/store-plan.ts';
import type { Backend } from '../../src/backend/settings.ts';
import { hashAndInspectFile } from '../../src/backend/state/hash-and-inspect.ts';
import { keepSnapshot } from '../../src/backend/state/keep-snapshot.ts';
import { storePublishedOutputs } from '../../src/backend/state/published-outputs.ts';
import { pushState } from '../../src/backend/state/push-state.ts';
import { storeRescueCopy } from '../../src/backend/state/rescue.ts';
import { putObject } from '../support/aws.ts';
import { type BackendBench, openBackendBench, s3Failure } from '../support/backend.ts';
import { makeLock } from './lock-infos.ts';

const motoUrl = inject('motoUrl') ?? '';
const STATE = '{"version":4,"serial":7,"lineage":"l","outputs":{},"resources":[]}\n';
const TAGS = { stateTags: 'of=state', lockTags: 'of=lock' };

describe.skipIf(motoUrl === '')('the tags of a write', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'tags' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  async function describeFile() {
    const path = join(bench.directory, 'state');
    await writeFile(path, STATE);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const provenance = { run: 'r', actor: 'a', lockId: 'l', md5: facts.md5 };
    return { path, facts, provenance };
  }

  async function storedSnapshot({ address }: Backend) {
    const { path, facts } = await describeFile();
    await putObject(bench.clients, address.bucket, address.objectKey, STATE);
    return { serial: 7n, md5: facts.md5, etag: `"${facts.md5}"`, path };
  }

  // Main, post and the checkpointer push by the same function; so do a restore and a new workspace.
  const WRITES: [string, string[], (backend: Backend) => Promise<unknown>][] = [
    [
      'a push',
      ['of=state'],
      async (backend) => {
        const file = await describeFile();
        await pushState(backend, undefined, { ...file, expectedEtag: undefined, storedDigest: undefined });
      },
    ],
    [
      'a rescue copy',
      ['of=state'],
      async (backend) => storeRescueCopy(backend, { ...(await describeFile()), name: '1-1' }),
    ],
    [
      'a snapshot that the store copies',
      ['of=state'],
      async (backend) => keepSnapshot(backend, await storedSnapshot(backend)),
    ],
    [
      'a snapshot in a store that copies nothing',
      ['of=state', 'of=state'],
      async (backend) => {
        bench.proxy.onRequest(({ operation }) =>
          operation === 'CopyObject' ? s3Failure(501, 'NotImplemented') : 'pass',
        );
        await keepSnapshot(backend, await storedSnapshot(backend));
      },
    ],
    [
      'a plan and its record',
      ['of=state', 'of=state'],
      async (backend) => {
        const { path, facts } = await describeFile();
        const writer = { id: 'w', run: 'r', actor: 'a' };
        await storePlan(backend, '1-1', { planPath: path, planFacts: facts, recordPath: path }, writer);
      },
    ],
    ['published outputs, which are no state', ['none'], (backend) => storePublishedOutputs(backend, '{}')],
    [
      'the lock file, when it is taken and taken over',
      ['of=lock', 'of=lock', 'of=lock'],
      async (opened) => {
        const backend = { ...opened, useLockfile: true, endpoints: { ...opened.endpoints, s3: undefined } };
        await lockFile(backend).acquire(makeLock('first'), undefined);
        const stale = await lockFile(backend).read();
        await lockFile(backend).acquire(makeLock('second'), stale);
      },
    ],
  ];

  it.each(WRITES)('%s: %j', async (_, tags, write) => {
    await write(bench.newBackend(TAGS));
    const puts = bench.proxy.requests.filter(({ operation }) => /^(?:Put|Copy)Object$/.test(operation));
    expect(puts.map(({ headers }) => headers['x-amz-tagging'] ?? 'none')).toEqual(tags);
  });

  it.each(WRITES)('%s: no header without tags', async (_, __, write) => {
    await write(bench.newBackend());
    expect(bench.proxy.requests.some(({ headers }) => 'x-amz-tagging' in headers)).toBe(false);
  });
});
