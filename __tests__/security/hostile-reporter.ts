import { basename, dirname } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** The number of hostile inputs that a test tries; one by default. */
    hostileInputs?: number;
  }
}

/** Reports at the end how many hostile inputs the tests of this folder have tried. */
export default class HostileReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = modules.filter(isAttack).map((module) => ({
      name: basename(module.moduleId, '.test.ts'),
      inputs: countInputs(module),
    }));
    const all = counts.reduce((sum, { inputs }) => sum + inputs, 0);
    if (all === 0) return;
    console.log(`Hostile inputs tried: ${all}`);
    for (const { name, inputs } of counts) console.log(`  ${String(inputs).padStart(5)} ${name}`);
  }
}

function isAttack({ moduleId }: TestModule): boolean {
  return basename(dirname(moduleId)) === 'security';
}

/** Inputs of tests that did not run were not tried. */
function countInputs(module: TestModule): number {
  const tests = [...module.children.allTests()].filter((test) => test.result().state !== 'skipped');
  return tests.reduce((sum, test) => sum + (test.meta().hostileInputs ?? 1), 0);
}
