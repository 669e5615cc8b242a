import * as v from 'valibot';
import type { Environment } from '../runner/inputs.ts';
import { labelRunner } from '../runner/labelled-runner.ts';
import type { Runner } from '../runner/runner.ts';
import type { Dependencies } from './dependencies.ts';
import { STATE_KEYS } from './saved-state.ts';

const StateNames = v.pipe(v.string(), v.parseJson(), v.array(v.string()));

/** Tells post how many states the step holds, and the job's names for them. Saved before anything about any of them. */
export function saveStateNames(runner: Pick<Runner, 'saveState'>, names: readonly string[]): void {
  runner.saveState(STATE_KEYS.states, JSON.stringify(names));
}

/**
 * The names in order; undefined when main did not start with several states. Errors: ValiError when the content is not
 * what main writes.
 */
export function readStateNames(env: Environment): readonly string[] | undefined {
  const saved = env[`STATE_${STATE_KEYS.states}`];
  return saved ? v.parse(StateNames, saved) : undefined;
}

/**
 * The dependencies for the work on one of several states, the same in main and post. It saves and finds only its own
 * state, as if there were no other. The first one uses the keys of a step with a single state. Pure.
 */
export function dependenciesForState<Deps extends Pick<Dependencies, 'env' | 'runner'>>(
  deps: Deps,
  index: number,
  name: string,
): Deps {
  const runner = labelRunner(deps.runner, name);
  const saveState = (key: string, value: string): void => runner.saveState(keyForState(key, index), value);
  return { ...deps, env: savedForState(deps.env, index), runner: { ...runner, saveState } };
}

function keyForState(key: string, index: number): string {
  return index === 0 ? key : `${key}_${index + 1}`;
}

function savedForState(env: Environment, index: number): Environment {
  const saved = Object.values(STATE_KEYS).map((key) => [
    `STATE_${key}`,
    env[`STATE_${keyForState(key, index)}`],
  ]);
  return { ...env, ...Object.fromEntries(saved) };
}
