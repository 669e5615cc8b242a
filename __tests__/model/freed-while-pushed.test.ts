import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { type AwsClients, awsClients, createStateFixture, type StateFixture } from '../support/aws.ts';
import { playScenario } from './play.ts';
import type { Scenario } from './scenario.ts';
import type { Locking } from './world.ts';

/** Turns of a job up to its push, of a person who frees its lock, and of a Terraform up to its write. */
const TURNS: [Locking, number, number, number][] = [
  ['item', 10, 5, 6],
  ['file', 12, 7, 4],
  ['both', 18, 11, 8],
];

const JOB: Scenario['jobs'][number] = {
  fate: undefined,
  freezesAt: undefined,
  arrivesLate: false,
  checkpointer: undefined,
  isGivenUp: false,
  breaksStale: false,
  changes: 1,
};

/** The one order in which a compare-and-swap doesn't help: random schedules almost never produce it. */
describe.skipIf(inject('motoUrl') === undefined)(
  'a lock that is freed between its last check and the push',
  () => {
    let clients: AwsClients;
    let fixture: StateFixture;
    beforeAll(async () => {
      clients = awsClients(inject('motoUrl') ?? '');
      fixture = await createStateFixture(clients, { name: 'model', versioning: true });
    });
    afterAll(() => clients.destroy());

    const play = (locking: Locking, ...schedule: Scenario['schedule']) =>
      playScenario(clients, fixture, {
        locking,
        isSeeded: true,
        jobs: [JOB],
        terraforms: [undefined],
        freeings: ['lock_id'],
        schedule,
        recovery: 'unlock',
      });

    it.each(TURNS)(
      'a Terraform that takes it overwrites the push, which is not reported as safe (%s)',
      async (locking, job, person, terraform) => {
        await play(
          locking,
          { who: 0, turns: job },
          { who: 2, turns: person },
          { who: 1, turns: terraform },
          { who: 0, turns: 100 },
        );
      },
    );

    it.each(TURNS)(
      'a Terraform that takes it and finishes before the push is committed keeps its digest (%s)',
      async (locking, job, person, terraform) => {
        await play(
          locking,
          { who: 0, turns: job },
          { who: 2, turns: person },
          { who: 1, turns: terraform },
          { who: 0, turns: 2 },
          { who: 1, turns: 100 },
        );
      },
    );
  },
);
