import { rm } from 'node:fs/promises';
import { readDigest, type StoredDigest } from './digest.ts';
import { StateError } from './faults.ts';
import type { Backend } from './settings.ts';
import { type DownloadedState, downloadState } from './state-object.ts';

/** The part of the clock that the consistency window needs: ms of a monotonic clock, and an abortable sleep. */
export interface PullClock {
  monotonic(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface PullOptions {
  /** Where the bytes go; absent afterwards when there is no state. */
  readonly path: string;
  readonly clock: PullClock;
  readonly signal: AbortSignal;
  /** Told of what Terraform only logs: a digest that can't vouch for the state, a retry. */
  readonly onNotice: (notice: PullNotice) => void;
}

export type PullNotice =
  | { readonly kind: 'no_digest'; readonly digest: Exclude<StoredDigest, { kind: 'valid' }> }
  | { readonly kind: 'empty_object' }
  | { readonly kind: 'waiting_for_consistency'; readonly calculated: string; readonly stored: string };

/** What was there to pull; `state` is undefined when there is none yet. */
export interface PulledState {
  readonly state: DownloadedState | undefined;
  /** Of the object, also of one without a byte, which holds no state. */
  readonly etag: string | undefined;
  /** The text of the digest item, whether it is a digest or not. */
  readonly storedDigest: string | undefined;
}

const WINDOW_MS = 10_000;
const PAUSE_MS = 2_000;

/**
 * Reads a state as Terraform's Get does (spec 2.2, 2.3): object and digest side by side, and while they differ
 * again every 2 s for 10 s. A missing or empty object is "no state". The object is not parsed into a verdict here.
 * Errors: StateError `digest_mismatch`, AwsError of the read.
 */
export async function pullState(backend: Backend, options: PullOptions): Promise<PulledState> {
  const { clock, signal } = options;
  const startedAt = clock.monotonic();
  for (;;) {
    const [downloaded, digest] = await readBoth(backend, options.path);
    const state = downloaded?.facts.size === 0 ? undefined : downloaded;
    if (agrees(downloaded, digest)) {
      await reportAndTidy(options, downloaded, digest, state);
      const storedDigest = 'stored' in digest ? digest.stored : undefined;
      return { state, etag: downloaded?.etag, storedDigest };
    }
    const calculated = state?.facts.md5 ?? '';
    const stored = digest.kind === 'valid' ? digest.md5 : '';
    if (clock.monotonic() - startedAt >= WINDOW_MS) {
      throw new StateError({ reason: 'digest_mismatch', calculated, stored }, backend);
    }
    options.onNotice({ kind: 'waiting_for_consistency', calculated, stored });
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function readBoth(
  backend: Backend,
  path: string,
): Promise<[DownloadedState | undefined, StoredDigest]> {
  const { aws, address, table } = backend;
  // Both have ended when an error of either is thrown, so that none works on behind the back of a clean-up.
  const [download, digest] = await Promise.allSettled([
    downloadState(backend, path),
    table === undefined ? { kind: 'absent' as const } : readDigest(aws, table, address.digestId),
  ]);
  if (download.status === 'rejected') throw download.reason;
  if (digest.status === 'rejected') throw digest.reason;
  return [download.value, digest.value];
}

/**
 * No valid digest accepts anything (spec 2.2). For an object without a byte, the digest of nothing is right, although
 * Terraform refuses it; for no object at all, no digest is.
 */
function agrees(downloaded: DownloadedState | undefined, digest: StoredDigest): boolean {
  return digest.kind !== 'valid' || downloaded?.facts.md5 === digest.md5;
}

async function reportAndTidy(
  { path, onNotice }: PullOptions,
  downloaded: DownloadedState | undefined,
  digest: StoredDigest,
  state: DownloadedState | undefined,
): Promise<void> {
  if (digest.kind !== 'valid' && (state !== undefined || digest.kind === 'unreadable')) {
    onNotice({ kind: 'no_digest', digest });
  }
  if (state !== undefined) return;
  if (downloaded !== undefined) onNotice({ kind: 'empty_object' });
  // Also an object that was there in an earlier round of the window.
  await rm(path, { force: true });
}
