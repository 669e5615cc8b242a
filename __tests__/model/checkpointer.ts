import { readHandOver } from '../../src/job-processes/checkpointer-hand-over.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import type { Environment } from '../../src/runner/inputs.ts';
import type { Processes } from '../../src/runner/processes.ts';
import { runCheckpointer } from '../../src/steps/checkpointer/run-checkpointer.ts';
import { type Actor, type Fate, newActor, newProcess, type Process } from './actor.ts';
import type { Stage } from './stage.ts';

const WORKER_PID = 1;
const CHECKPOINTER_PID = 2;

/** What happens to the checkpointer of a job. */
export interface CheckpointerPlan {
  readonly fate: Fate | undefined;
  readonly arrivesLate: boolean;
  readonly freezesAt: number | undefined;
}

/** A job's machine as its processes see it: the runner's worker and, once it is started, the checkpointer. */
export function machineWithCheckpointer(
  stage: Stage,
  host: Actor,
  plan: CheckpointerPlan,
  makeDependencies: (process: Process, env: Environment) => Dependencies,
): Processes {
  const actor = newActor(`checkpointer of ${host.name}`, { ...plan, host });
  const checkpointer = newProcess(actor);
  let started: readonly string[] | undefined;
  const isAlive = (pid: number): boolean =>
    pid === WORKER_PID ? host.state === 'alive' : started !== undefined && actor.state === 'alive';
  return {
    parent: WORKER_PID,
    start: async (_, { args, env, input }) => {
      started = args;
      const all = { ...env, ...readHandOver(input) };
      const story = () =>
        Promise.race([runCheckpointer(makeDependencies(checkpointer, all), WORKER_PID), checkpointer.killed]);
      stage.join({ actor, report: story });
      return CHECKPOINTER_PID;
    },
    isAlive,
    commandLine: async () =>
      started === undefined ? { kind: 'gone' } : { kind: 'read', text: started.join(' ') },
    signal: (_, name) => {
      stage.say(host.name, `sends its checkpointer ${name}`);
      stage.signal(checkpointer, name === 'SIGKILL' ? 'killed' : 'cancelled');
    },
  };
}
