import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { type PulledFacts, type SavedState, STATE_KEYS } from '../../../src/job-state/saved-state.ts';
import { serializeState } from '../../../src/job-state/serialize-state.ts';
import { explain } from '../../../src/messages/explain.ts';
import { runPost } from '../../../src/post.ts';
import { claimStateDirectory } from '../../../src/workspace-files/claim-state-directory.ts';
import { readFacts, stateText } from '../../job-state/state-texts.ts';
import { makeSession, readBackend } from '../../job-state/support.ts';
import { DUMMY_KEYS, headObject, putItem, putObject } from '../../support/aws.ts';
import type { BackendBench, BenchBackend } from '../../support/backend.ts';
import { collectingRunner, fakeDependencies } from '../../support/dependencies.ts';

/** The lock's info of every such job. */
export const INFO = JSON.stringify({ ID: 'ours', Created: '2026-01-01T00:00:00Z' });

const KEYS = {
  access_key: DUMMY_KEYS.accessKeyId,
  secret_key: DUMMY_KEYS.secretAccessKey,
  use_path_style: 'true',
};

export interface HeldJobOptions {
  /** The lock is a file, and there is no table. */
  readonly useLockfile?: boolean;
  /** False: `lock: none`. */
  readonly isLocked?: boolean;
  /** False: the job holds the lock alone. */
  readonly pull?: boolean;
  /** The job made the first state. */
  readonly isChanged: boolean;
  /** The state that main pulled; undefined: there was none. */
  readonly before?: string | undefined;
  readonly snapshot?: SavedState['session']['snapshot'];
}

/** A job that holds a lock or a state, and whose post is to come. */
export interface HeldJob {
  readonly backend: BenchBackend;
  /** Where its Terraform writes the state. */
  readonly statePath: string;
  /** Runs post in this process, in a world with such changes. */
  post(
    change: Partial<Dependencies>,
  ): Promise<{ readonly messages: string; readonly error: string | undefined }>;
}

const NOTHING: PulledFacts = { state: undefined, etag: undefined, storedDigest: undefined };

/** Stores a state as it was before the job, and says what main saw of it. */
async function seed({ clients }: BackendBench, backend: BenchBackend, text: string): Promise<PulledFacts> {
  const { address, table } = backend;
  const { md5, inspection } = readFacts(text);
  if (inspection.kind !== 'state') throw new Error('no state');
  await putObject(clients, address.bucket, address.objectKey, text);
  await putItem(clients, table, address.digestPath, { Digest: md5 });
  const { header, content, isEmpty } = inspection;
  const { serial, lineage } = header;
  const object = await headObject(clients, address.bucket, address.objectKey);
  const state = { md5, serial, lineage, content, isEmpty };
  return { state, etag: object?.ETag, versionId: object?.VersionId, storedDigest: md5 };
}

/** Makes a job that holds the lock of a new state. */
export async function holdNewState(
  bench: BackendBench,
  { useLockfile = false, isLocked = true, pull = true, isChanged, before, snapshot = 'auto' }: HeldJobOptions,
): Promise<HeldJob> {
  const backend = bench.newBackend();
  const { address, table, endpoints, region, clock } = backend;
  const { clients } = bench;
  const privateDirectory = join(bench.directory, address.objectKey.replace('/', '-'));
  mkdirSync(privateDirectory);
  const stateDirectory = `${privateDirectory}-state`;
  const owner = { privateDirectory, isLocked, run: '', lockId: 'ours', pulledMd5: '' };
  await claimStateDirectory(stateDirectory, owner);
  const statePath = join(stateDirectory, 'terraform.tfstate');
  if (isChanged) writeFileSync(statePath, stateText({ serial: before === undefined ? 1 : 2 }));
  if (isLocked && useLockfile) await putObject(clients, address.bucket, address.lockFileKey, INFO);
  else if (isLocked) await putItem(clients, table, address.lockPath, { Info: INFO });
  const { settings } = readBackend(KEYS);
  const aws = { ...settings.aws, endpoints, region };
  const session = makeSession({
    backend: { ...settings, address, table: useLockfile ? undefined : table, useLockfile, aws },
    mode: isLocked ? 'hold' : 'none',
    pull,
    snapshot,
    privateDirectory,
    stateDirectory,
    lock: isLocked ? { id: 'ours', info: INFO, heartbeatMs: undefined } : undefined,
  });
  const pulled = before === undefined ? NOTHING : await seed(bench, backend, before);
  const env = {
    [`STATE_${STATE_KEYS.session}`]: serializeState(session),
    [`STATE_${STATE_KEYS.lock}`]: isLocked ? 'held' : 'none',
    [`STATE_${STATE_KEYS.times}`]: serializeState({ waitedMs: 0, heldSince: clock.now() }),
    [`STATE_${STATE_KEYS.pulled}`]: pull ? serializeState(pulled) : '',
  };
  return {
    backend,
    statePath,
    post: async (change) => {
      const { runner, messages } = collectingRunner();
      const error = await runPost(fakeDependencies({ env, runner, clock, ...change })).then(
        () => undefined,
        (reason: unknown) => explain(reason, clock.now()),
      );
      return { messages: messages.join('\n'), error };
    },
  };
}
