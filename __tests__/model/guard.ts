import type { Dependencies } from '../../src/action/dependencies.ts';
import { guardState } from '../../src/action/guard/guard-state.ts';
import type { Environment } from '../../src/runner/inputs.ts';
import type { Processes } from '../../src/runner/processes.ts';
import { type Actor, type Fate, newActor, newProcess, type Process } from './actor.ts';
import type { Stage } from './stage.ts';

const WORKER_PID = 1;
const GUARD_PID = 2;

/** What befalls the guard of a job. */
export interface GuardPlan {
  readonly fate: Fate | undefined;
  readonly landsLate: boolean;
  readonly freezesAt: number | undefined;
}

/** A job's machine as its processes see it: the runner's worker and, once it is started, the guard. */
export function machineWithGuard(
  stage: Stage,
  host: Actor,
  plan: GuardPlan,
  dependenciesOf: (process: Process, env: Environment) => Dependencies,
): Processes {
  const actor = newActor(`guard of ${host.name}`, { ...plan, host });
  const guard = newProcess(actor);
  let started: readonly string[] | undefined;
  const isAlive = (pid: number): boolean =>
    pid === WORKER_PID ? host.state === 'alive' : started !== undefined && actor.state === 'alive';
  return {
    parent: WORKER_PID,
    start: async (_, args, env) => {
      started = args;
      const story = () => Promise.race([guardState(dependenciesOf(guard, env), WORKER_PID), guard.killed]);
      stage.join({ actor, tell: story });
      return GUARD_PID;
    },
    isAlive,
    commandLine: async () => started?.join(' '),
    signal: (_, name) => {
      stage.say(host.name, `sends its guard ${name}`);
      stage.signal(guard, name === 'SIGKILL' ? 'killed' : 'cancelled');
    },
  };
}
