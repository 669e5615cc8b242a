import fc from 'fast-check';
import type { Fate } from './actor.ts';
import type { Recovery } from './aftermath.ts';
import type { CheckpointerPlan } from './checkpointer.ts';
import type { Freeing } from './freeing.ts';
import type { Burst } from './schedule.ts';
import type { Locking } from './world.ts';

/** The actors, what happens to them and the order of their turns. */
export interface Scenario {
  readonly locking: Locking;
  /** Whether a state exists at the start. */
  readonly isSeeded: boolean;
  readonly jobs: readonly JobCast[];
  readonly terraforms: readonly (Fate | undefined)[];
  readonly freeings: readonly Freeing[];
  readonly schedule: readonly Burst[];
  /** After the play. */
  readonly recovery: Recovery;
}

export interface JobCast {
  readonly fate: Fate | undefined;
  readonly arrivesLate: boolean;
  readonly freezesAt: number | undefined;
  /** GitHub reports its run as completed while it continues, as after a lost connection. */
  readonly isGivenUp: boolean;
  /** It takes over locks that are provably stale. */
  readonly breaksStale: boolean;
  readonly changes: number;
  readonly checkpointer: CheckpointerPlan | undefined;
}

// A lone job without a checkpointer takes 16 turns.
const turn = fc.nat(26);
const maybeTurn = fc.option(turn, { nil: undefined });

function arbitraryFate(...kinds: Fate['kind'][]): fc.Arbitrary<Fate | undefined> {
  return fc.option(fc.record({ at: turn, kind: fc.constantFrom(...kinds) }), { nil: undefined });
}

const job: fc.Arbitrary<JobCast> = fc.record({
  fate: arbitraryFate('killed', 'lost', 'cancelled'),
  arrivesLate: fc.boolean(),
  freezesAt: maybeTurn,
  isGivenUp: fc.boolean(),
  breaksStale: fc.boolean(),
  changes: fc.integer({ min: 1, max: 2 }),
  checkpointer: fc.option(
    fc.record({ fate: arbitraryFate('killed'), arrivesLate: fc.boolean(), freezesAt: maybeTurn }),
    {
      nil: undefined,
    },
  ),
});

const burst = fc.record<Burst>({
  who: fc.nat(11),
  turns: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 16 })),
});

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  locking: fc.constantFrom<Locking>('item', 'file', 'both'),
  isSeeded: fc.boolean(),
  jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
  terraforms: fc.array(arbitraryFate('lost'), { maxLength: 2 }),
  freeings: fc.array(fc.constantFrom<Freeing>('lock_id', 'only_if_stale'), { maxLength: 2 }),
  schedule: fc.array(burst, { maxLength: 60, size: 'max' }),
  recovery: fc.constantFrom<Recovery>('unlock', 'break'),
});
