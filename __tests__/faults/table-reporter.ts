import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { TableCell } from './matrix.ts';
import { renderTable } from './table.ts';

/** Prints failures as they come, and at the end the matrix: the outcome of each fault at each call. */
export default class TableReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state === 'failed')
      console.error(`\nFAILED ${test.fullName}\n${errors.map(({ message }) => message).join('\n')}`);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const cells = tests.map(findCell).filter((cell) => cell !== undefined);
    console.log(renderTable(cells));
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const broken = modules.flatMap((module) => module.errors());
    for (const { message } of broken) console.error(message);
    console.log(`${tests.length} tests, ${failed} failed`);
  }
}

/** A failed cell has set nothing: its test's name identifies it. */
function findCell(test: TestCase): TableCell | undefined {
  const { faultCell } = test.meta();
  if (faultCell !== undefined || test.result().state !== 'failed') return faultCell;
  const [, call, column] = /^(.*): (.*)$/.exec(test.name) ?? [];
  if (call === undefined || column === undefined || test.parent.type !== 'suite') return undefined;
  return { scenario: test.parent.name, call, column, outcome: 'FAILED' };
}
