import type { Clock } from '../../time/clock.ts';
import { pauseWithin } from '../../time/pause-within.ts';
import type { StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { readDigest, type StoredDigest } from './digest.ts';

export interface WindowOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Called for what Terraform only logs: a digest that can't confirm the state, or a retry. */
  readonly onNotice: (notice: PullNotice) => void;
}

export type PullNotice =
  | { readonly kind: 'no_digest'; readonly digest: Exclude<StoredDigest, { kind: 'valid' }> }
  | { readonly kind: 'empty_object' }
  | { readonly kind: 'waiting_for_consistency'; readonly calculated: string; readonly stored: string };

/** The state object as one read saw it. */
export interface SeenObject {
  /** In bytes, as far as the object was read. */
  readonly size: number;
  /** Hex, of the whole body; undefined when it was not needed, because there is no valid digest to compare. */
  readonly md5: string | undefined;
  /** According to its metadata. */
  readonly provenance: StateProvenance | undefined;
}

const WINDOW_MS = 10_000;
const PAUSE_MS = 2_000;

/**
 * Reads object and digest in parallel, and while they differ again every 2 s for 10 s (docs/protocol.md#digest-check,
 * docs/protocol.md#waiting-for-consistency). `read` gets the promise of the digest, because it may not have to read the
 * rest of the body. It returns undefined when there is no object.
 *
 * Errors: StateError `digest_mismatch`, what `read` throws.
 */
export async function readInAgreement<Seen extends SeenObject>(
  backend: Backend,
  { clock, signal, onNotice }: WindowOptions,
  read: (digest: Promise<StoredDigest>) => Promise<Seen | undefined>,
): Promise<{ readonly seen: Seen | undefined; readonly digest: StoredDigest }> {
  const until = clock.monotonic() + WINDOW_MS;
  for (;;) {
    const [seen, digest] = await readBoth(backend, read);
    if (agrees(seen, digest)) {
      report(onNotice, seen, digest);
      return { seen, digest };
    }
    if (clock.monotonic() >= until) throw new StateError(describeMismatch(seen, digest), backend);
    const { calculated, stored } = describeMismatch(seen, digest);
    onNotice({ kind: 'waiting_for_consistency', calculated, stored });
    await clock.sleep(pauseWithin(PAUSE_MS, until, clock), signal);
  }
}

function describeMismatch(seen: SeenObject | undefined, digest: StoredDigest) {
  const isValid = digest.kind === 'valid';
  const calculated = isState(seen) ? (seen.md5 ?? '') : '';
  return {
    reason: 'digest_mismatch',
    calculated,
    stored: isValid ? digest.md5 : '',
    announced: isValid ? digest.next : undefined,
    written: seen?.provenance?.md5 === calculated ? seen.provenance : undefined,
  } as const;
}

/** An empty object contains no state. */
export function isState<Seen extends SeenObject>(seen: Seen | undefined): seen is Seen {
  return seen !== undefined && seen.size > 0;
}

async function readBoth<Seen>(
  { aws, address, table }: Backend,
  read: (digest: Promise<StoredDigest>) => Promise<Seen | undefined>,
): Promise<[Seen | undefined, StoredDigest]> {
  const looking =
    table === undefined
      ? Promise.resolve({ kind: 'absent' } as const)
      : readDigest(aws, table, address.digestPath);
  // Both have ended before an error of either is thrown, so neither keeps working during a clean-up.
  const [seen, digest] = await Promise.allSettled([read(looking), looking]);
  if (seen.status === 'rejected') throw seen.reason;
  if (digest.status === 'rejected') throw digest.reason;
  return [seen.value, digest.value];
}

/**
 * Without a valid digest, every object is accepted (docs/protocol.md#digest-check). For an empty object, the digest of
 * zero bytes is right, although Terraform refuses it. For a missing object, no digest is right.
 */
function agrees(seen: SeenObject | undefined, digest: StoredDigest): boolean {
  return digest.kind !== 'valid' || seen?.md5 === digest.md5;
}

function report(
  onNotice: WindowOptions['onNotice'],
  seen: SeenObject | undefined,
  digest: StoredDigest,
): void {
  if (digest.kind !== 'valid' && (isState(seen) || digest.kind === 'unreadable')) {
    onNotice({ kind: 'no_digest', digest });
  }
  if (seen !== undefined && !isState(seen)) onNotice({ kind: 'empty_object' });
}
