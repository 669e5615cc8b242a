import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { type AwsClients, awsClients, createStateFixture, type StateFixture } from '../support/aws.ts';
import { playScenario } from './play.ts';
import { scenarios } from './scenario.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 40);
const LIMIT_MS = 30_000 + RUNS * 1_000;
/**
 * Plays the same scenarios in each run. `MODEL_SEED` plays others; `MODEL_PATH`, from a failure's report,
 * replays that failure.
 */
const { MODEL_SEED: seed = '20261127', MODEL_PATH: path } = process.env;

/**
 * Jobs of ours, Terraforms, crashes, cancellations, requests that arrive late, and people who free locks, in any
 * order of any of their calls. A Terraform writes the state unconditionally, so nothing can protect one whose
 * lock is freed while it works: only our locks and those of Terraforms that are gone are freed here.
 */
describe.skipIf(inject('motoUrl') === undefined)('any events in any order', () => {
  let clients: AwsClients;
  let fixture: StateFixture;
  beforeAll(async () => {
    clients = awsClients(inject('motoUrl') ?? '');
    fixture = await createStateFixture(clients, { name: 'model', versioning: true });
  });
  afterAll(() => clients.destroy());

  it(
    'leave one writer at a time, no acknowledged state lost and nothing stuck forever',
    async () => {
      const replay = { seed: Number(seed), ...(path === undefined ? {} : { path }) };
      await fc.assert(
        fc.asyncProperty(scenarios, (scenario) => playScenario(clients, fixture, scenario)),
        { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS - 5_000, ...replay },
      );
    },
    LIMIT_MS,
  );
});
