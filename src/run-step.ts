import { type Dependencies, realDependencies } from './action/dependencies.ts';
import { explain } from './action/explain.ts';

/** Runs one story with the real parts; an error turns the step red, in words. Exits, since sockets may be kept alive. */
export async function runStep(story: (deps: Dependencies) => Promise<void>, graceMs: number): Promise<void> {
  const deps = realDependencies(graceMs);
  try {
    await story(deps);
  } catch (error) {
    deps.runner.fail(explain(error, deps.clock.now()));
  }
}
