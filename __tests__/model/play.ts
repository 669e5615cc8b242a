import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LookUpRun } from '../../src/github/run-status.ts';
import type { AwsClients, StateFixture } from '../support/aws.ts';
import { type Actor, newActor } from './actor.ts';
import { checkAftermath, stateDirectories } from './aftermath.ts';
import { freeSomeLock } from './freeing.ts';
import { type JobRecord, newRecord, runJob } from './our-job.ts';
import { openReferee } from './referee.ts';
import type { Scenario } from './scenario.ts';
import type { Scene } from './scene.ts';
import { openStage, type Stage, type Story } from './stage.ts';
import { applyWithTerraform } from './terraform-client.ts';
import { newWorld } from './world.ts';

const BREAK = { stale_lock: 'break', github_token: 'token' };
const HOUR_MS = 3_600_000;

/** Plays a scenario to its end and cleans up; throws with all events when a rule was broken. */
export async function playScenario(
  clients: AwsClients,
  fixture: StateFixture,
  scenario: Scenario,
): Promise<void> {
  const stage = openStage();
  const world = newWorld(clients, fixture, scenario.locking);
  if (scenario.isSeeded) await world.seed();
  const referee = await openReferee(stage, world);
  const temp = await mkdtemp(join(tmpdir(), 'model-'));
  const records: JobRecord[] = [];
  const givenUp = new Set<Actor>();
  const scene: Scene = { stage, world, referee, temp, lookUpRun: lookUpIn(stage, records, givenUp) };
  try {
    const stories = [...makeJobs(scene, scenario, records, givenUp), ...makeOthers(scene, scenario)];
    await stage.play(stories, scenario.schedule);
    const problems = [...referee.violations, ...(await checkAftermath(scene, records, scenario.recovery))];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  } catch (error) {
    throw new Error(`${String(error)}\n\nWhat happened:\n${stage.history.join('\n')}`, { cause: error });
  } finally {
    await Promise.all(records.map(({ stateFile }) => stateFile?.close()));
    const left = [temp, ...(await stateDirectories(records))];
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
  }
}

function makeJobs(scene: Scene, { jobs }: Scenario, records: JobRecord[], givenUp: Set<Actor>): Story[] {
  return jobs.map(({ fate, arrivesLate, freezesAt, isGivenUp, breaksStale, changes, checkpointer }, i) => {
    const actor = newActor(`job ${i + 1}`, { fate, arrivesLate, freezesAt });
    const inputs = { lock_timeout: '30s', ...(breaksStale ? BREAK : {}) };
    const plan = {
      runId: String(100 + i),
      changes,
      inputs,
      ...(checkpointer === undefined ? {} : { checkpointer }),
    };
    const record = newRecord(scene.referee, actor, plan);
    records.push(record);
    if (isGivenUp) givenUp.add(actor);
    return { actor, report: () => runJob(scene, record) };
  });
}

function makeOthers(scene: Scene, { terraforms, freeings }: Scenario): Story[] {
  const { stage, world, referee } = scene;
  const applies = terraforms.map((fate, i) => {
    const actor = newActor(`terraform ${i + 1}`, { fate });
    const writer = referee.enter(actor, 'terraform');
    return { actor, report: () => applyWithTerraform(stage, world, referee, writer) };
  });
  const people = freeings.map((how, i) => {
    const actor = newActor(`person ${i + 1}`);
    return { actor, report: () => freeSomeLock(scene, actor, how) };
  });
  return [...applies, ...people];
}

/** GitHub's part: a run has ended when its machine is lost, its job is over or GitHub believes so. */
function lookUpIn(stage: Stage, records: readonly JobRecord[], givenUp: ReadonlySet<Actor>): LookUpRun {
  return async ({ runId }) => {
    const record = records.find((one) => one.plan.runId === String(runId));
    if (record === undefined) return { kind: 'unknown', problem: { kind: 'no_such_run' } };
    const { actor } = record.writer;
    if (actor.state === 'alive' && !givenUp.has(actor)) return { kind: 'running' };
    const now = stage.now();
    return { kind: 'completed', lastJobEnded: now - HOUR_MS, now };
  };
}
