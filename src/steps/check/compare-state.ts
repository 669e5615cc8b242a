import type { UsableState } from '../../backend/state/usable-state.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';

/** Who wrote the state as it is now; null where a client left no name, or where there is no state. */
export interface Mover {
  readonly runUrl: string | null;
  readonly actor: string | null;
  readonly time: Date | null;
  readonly serial: bigint | null;
}

/** Whether the state is still the one that was planned on. */
export interface Freshness {
  readonly fresh: boolean;
  readonly expected: string;
  readonly actual: string;
  /** Undefined: there is no state. */
  readonly state: UsableState | undefined;
}

/** Compares the state as it is with a fingerprint of what it was. Pure. */
export function compareState(expected: string, state: UsableState | undefined): Freshness {
  const actual = fingerprint(state?.object, state?.valid.header);
  return { fresh: actual === expected, expected, actual, state };
}

/** Who moved the state; undefined where nobody did. Pure. */
export function findMover({ fresh, state }: Freshness): Mover | undefined {
  if (fresh) return undefined;
  const provenance = state?.object.provenance;
  return {
    runUrl: provenance?.run ?? null,
    actor: provenance?.actor ?? null,
    time: state?.object.lastModified ?? null,
    serial: state?.valid.header.serial ?? null,
  };
}
