import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '../../src/backend/settings.ts';
import { type PulledState, type PullNotice, pullState } from '../../src/backend/state/pull.ts';
import { putItem, putObject } from '../support/aws.ts';
import type { BackendBench, BenchBackend } from '../support/backend.ts';
import type { FakeClock } from '../support/fake-clock.ts';

/** A stored state, with helpers that change it while it is pulled. */
export interface StoredState {
  readonly backend: BenchBackend;
  readonly clock: FakeClock;
  /** The file that a pull writes. */
  readonly path: string;
  readonly notices: PullNotice[];
  store(body: string | Buffer): Promise<void>;
  storeDigest(digest: string | Record<string, string>): Promise<void>;
  pull(change?: Partial<Backend>): Promise<PulledState>;
}

/**
 * Stores an object and a digest item (`Digest`, or these attributes), each if given, without going through the
 * proxy.
 */
export async function storedState(
  { newBackend, clients, directory }: BackendBench,
  body: string | Buffer | undefined,
  digest: string | Record<string, string> | undefined,
): Promise<StoredState> {
  const backend = newBackend({ encrypt: true, kmsKeyId: 'alias/state' });
  const { address, table, clock } = backend;
  const path = join(directory, randomBytes(4).toString('hex'));
  const signal = new AbortController().signal;
  const notices: PullNotice[] = [];
  const onNotice = (notice: PullNotice): void => void notices.push(notice);
  const state: StoredState = {
    backend,
    clock,
    path,
    notices,
    store: (text) => putObject(clients, address.bucket, address.objectKey, Buffer.from(text)),
    storeDigest: (value) =>
      putItem(clients, table, address.digestPath, typeof value === 'string' ? { Digest: value } : value),
    pull: (change) => pullState({ ...backend, ...change }, { path, clock, signal, onNotice }),
  };
  if (body !== undefined) await state.store(body);
  if (digest !== undefined) await state.storeDigest(digest);
  return state;
}
