import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { runMain } from '../../src/main.ts';
import { explain } from '../../src/messages/explain.ts';
import { toReasonCode } from '../../src/messages/to-reason-code.ts';
import { runPost } from '../../src/post.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { inputEnv } from '../job-state/support.ts';
import { type Actor, newProcess, type Process } from './actor.ts';
import { type CheckpointerPlan, machineWithCheckpointer } from './checkpointer.ts';
import { makeMark, type Referee, type Writer } from './referee.ts';
import { backendInputs, dependencies, jobEnv, type Scene, silentRunner } from './scene.ts';
import { type ModelState, nextStateText, parseStateText } from './world.ts';

const QUIET: CheckpointerPlan = { fate: undefined, arrivesLate: false, freezesAt: undefined };

/** What a job does, and what happens to its checkpointer. */
export interface JobPlan {
  readonly runId: string;
  /** How often its own step writes the state. */
  readonly changes?: number;
  /** Undefined: it has none. */
  readonly checkpointer?: CheckpointerPlan;
  /** Inputs beyond those that locate the state. */
  readonly inputs?: Record<string, string>;
}

/** The outcome of one of our jobs. */
export interface JobRecord {
  readonly writer: Writer;
  readonly plan: JobPlan;
  /** The end of post: undefined while there was none. */
  post: 'green' | 'red' | 'killed' | undefined;
  /** The open files of its step; closed after the play, since a killed step closes nothing. */
  stateFile: FileHandle | undefined;
  /** The path of the state that it got; undefined before that. */
  stateDirectory: string | undefined;
  /** Errors without a message of ours. */
  readonly bugs: unknown[];
  /** The job's whole log, including explained errors. */
  readonly log: string[];
}

/** A whole job: main, a step that changes the state and, in any case, post. */
export async function runJob(scene: Scene, record: JobRecord): Promise<void> {
  const { stage } = scene;
  const { writer, plan } = record;
  const { actor } = writer;
  const saved: Record<string, string> = {};
  const outputs: Record<string, string> = {};
  const runner = recordingRunner(record, saved, outputs);
  const processes = machineWithCheckpointer(stage, actor, plan.checkpointer ?? QUIET, (process, env) =>
    dependencies(scene, process, { runner: silentRunner, env, processes }),
  );
  const makeStage = (env: Record<string, string>) => ({
    runner,
    processes,
    env: { ...jobEnv(scene, plan.runId), ...env },
  });
  const checkpoint_interval = plan.checkpointer === undefined ? '0s' : '1s';
  const inputs = inputEnv({ ...backendInputs(scene.world), checkpoint_interval, ...plan.inputs });

  const main = newProcess(actor);
  const held = await run(main, record, () => runMain(dependencies(scene, main, makeStage(inputs))));
  stage.say(actor.name, `main is ${held}`);
  if (held === 'green') await changeState(scene, record, outputs.state_path ?? '');

  const states = Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]);
  const post = newProcess(actor);
  const forPost = makeStage(Object.fromEntries(states));
  record.post = await run(post, record, () => runPost(dependencies(scene, post, forPost)));
  stage.say(actor.name, `post is ${record.post}`);
  writer.acknowledged = record.post === 'green';
  writer.believes = false;
}

/**
 * Writes the state as Terraform does: in place, so it is partial for a moment, and through a file that it opened
 * once, so it follows a directory that another job moves meanwhile.
 */
async function changeState(scene: Scene, record: JobRecord, path: string): Promise<void> {
  if (!existsSync(dirname(path))) return;
  record.stateFile = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  await writeChanges(scene, record, record.stateFile);
}

async function writeChanges({ stage }: Scene, { writer, plan }: JobRecord, file: FileHandle): Promise<void> {
  const { actor } = writer;
  const process = newProcess(actor);
  const isKilled = async () => (await Promise.race([stage.step(process), process.killed])) === 'killed';
  for (let change = 1; change <= (plan.changes ?? 1); change += 1) {
    if (await isKilled()) return;
    const text = nextStateText(await readState(file), makeMark(actor, change));
    const before = writer.marks;
    writer.marks = [];
    await writeWhole(file, text.slice(0, text.length / 2));
    stage.say(actor.name, 'has written a part of its state');
    if (await isKilled()) return;
    await writeWhole(file, text);
    writer.marks = [...before, makeMark(actor, change)];
    stage.say(actor.name, `has written ${writer.marks.at(-1)}`);
  }
}

async function readState(file: FileHandle): Promise<ModelState | undefined> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(size);
  await file.read(bytes, 0, size, 0);
  return size === 0 ? undefined : parseStateText(bytes);
}

async function writeWhole(file: FileHandle, text: string): Promise<void> {
  await file.truncate(0);
  await file.write(text, 0);
}

/** Runs a story as one process: it succeeds, fails or is killed. */
async function run(process: Process, record: JobRecord, story: () => Promise<void>) {
  const ended = story().then(
    () => 'green' as const,
    (error: unknown) => {
      record.log.push(explain(error, 0));
      if (toReasonCode(error) === 'internal_error') record.bugs.push(error);
      return 'red' as const;
    },
  );
  return await Promise.race([ended, process.killed]);
}

const SavedSession = v.object({ lock: v.object({ id: v.string() }), stateDirectory: v.string() });

/** Records what is logged and saved, and who believes to hold the lock. */
function recordingRunner(
  record: JobRecord,
  saved: Record<string, string>,
  outputs: Record<string, string>,
): Runner {
  const { log, writer } = record;
  const say = (text: string): void => void log.push(text);
  return {
    ...silentRunner,
    info: say,
    notice: say,
    warning: say,
    fail: say,
    output: (name, value) => {
      outputs[name] = value;
    },
    saveState: (name, value) => {
      saved[name] = value;
      if (name === 'lock') writer.believes = value === 'held';
      if (name !== 'session') return;
      const { lock, stateDirectory } = v.parse(SavedSession, JSON.parse(value));
      writer.lockId = lock.id;
      record.stateDirectory = stateDirectory;
    },
  };
}

export function newRecord(referee: Referee, actor: Actor, plan: JobPlan): JobRecord {
  const writer = referee.enter(actor, 'job');
  return {
    writer,
    plan,
    post: undefined,
    stateFile: undefined,
    stateDirectory: undefined,
    bugs: [],
    log: [],
  };
}
