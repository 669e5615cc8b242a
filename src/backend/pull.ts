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

/** The state and the digest that vouches for it; `state` is undefined when there is none yet. */
export interface PulledState {
  readonly state: DownloadedState | undefined;
  readonly storedDigest: string | undefined;
}

const WINDOW_MS = 10_000;
const PAUSE_MS = 2_000;
const MD5_OF_NOTHING = 'd41d8cd98f00b204e9800998ecf8427e';

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
    const calculated = state?.facts.md5 ?? '';
    if (agrees(calculated, digest)) {
      await reportAndTidy(options, downloaded, digest, state);
      return { state, storedDigest: digest.kind === 'valid' ? digest.md5 : undefined };
    }
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
  return await Promise.all([
    downloadState(backend, path),
    table === undefined ? { kind: 'absent' as const } : readDigest(aws, table, address.digestId),
  ]);
}

/** No valid digest accepts anything (spec 2.2). The digest of nothing means what it says: no state. */
function agrees(calculated: string, digest: StoredDigest): boolean {
  if (digest.kind !== 'valid') return true;
  return calculated === digest.md5 || (calculated === '' && digest.md5 === MD5_OF_NOTHING);
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
