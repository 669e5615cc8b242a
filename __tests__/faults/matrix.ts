import { afterAll, describe, inject, it } from 'vitest';
import { type FaultBench, openFaultBench } from './bench.ts';
import { type Call, isRead, makeTitle } from './calls.ts';
import { discoverCalls, runCell, type Target } from './cell.ts';
import {
  ALIKE_WHEN_LASTING,
  FAULTS,
  isPartOfAnother,
  isRetriedLikeAnother,
  isSameAsEarlier,
} from './faults.ts';
import { KILLS, killCell } from './kill.ts';
import type { Scenario } from './scenario.ts';

/** A cell of the printed table. */
export interface TableCell {
  readonly scenario: string;
  readonly call: string;
  readonly column: string;
  readonly outcome: string;
}

declare module 'vitest' {
  interface TaskMeta {
    faultCell?: TableCell;
  }
}

/** Every fault for every network call of the step, once and lasting: `once / always` in the table. */
export function describeFaults(scenario: Scenario): void {
  describeCells(scenario, (bench, calls) => {
    it('without faults', () => runCell(bench, scenario, calls));
    for (const call of selectRows(scenario, calls)) {
      for (const target of listTargets(scenario, call)) {
        const { fault, strength } = target;
        const column = fault.strengths.length === 1 ? fault.name : `${fault.name} ${strength}`;
        const row = titleAmong(calls, call);
        it(`${row}: ${column}`, async ({ task }) => {
          const outcome = await runCell(bench, scenario, calls, target);
          task.meta.faultCell = { scenario: scenario.name, call: row, column, outcome };
        });
      }
    }
  });
}

/** SIGKILL of the packaged step right before each call reaches the server, and right after the server has written. */
export function describeKills(scenario: Scenario): void {
  describeCells(scenario, (bench, calls) => {
    for (const call of selectRows(scenario, calls)) {
      const row = titleAmong(calls, call);
      const moments = KILLS.filter((when) => when === 'before' || !isRead(call));
      it.for(moments)(`${row}: killed %s`, async (when, { task }) => {
        const outcome = await killCell(bench, scenario, call, when);
        task.meta.faultCell = { scenario: scenario.name, call: row, column: `killed ${when}`, outcome };
      });
    }
  });
}

function describeCells(scenario: Scenario, cells: (bench: FaultBench, calls: readonly Call[]) => void): void {
  const motoUrl = inject('motoUrl');
  describe.skipIf(motoUrl === undefined)(scenario.name, async () => {
    if (motoUrl === undefined) return;
    // During collection, since the existing network calls determine the tests.
    const bench = await openFaultBench(motoUrl);
    afterAll(() => bench.close());
    cells(bench, await discoverCalls(bench, scenario));
  });
}

function selectRows({ only = /./, onlyEnds }: Scenario, calls: readonly Call[]): Call[] {
  const isEnd = ({ name, number }: Call) =>
    number === 1 || number === calls.filter((call) => call.name === name).length;
  return calls.filter((call) => only.test(call.name) && (onlyEnds !== true || isEnd(call)));
}

function listTargets({ only, sharesRetries }: Scenario, call: Call): Target[] {
  const hasAlike = only === undefined && sharesRetries === undefined;
  const isNews = ({ fault, strength }: Target): boolean => {
    if (strength === 'once') {
      return (
        (only === undefined || !isPartOfAnother(fault)) && (hasAlike || !isRetriedLikeAnother(fault, call))
      );
    }
    // GitHub is queried once, so no fault can last.
    return call.service !== 'other' && (hasAlike || !ALIKE_WHEN_LASTING.has(fault.name));
  };
  return FAULTS.filter((fault) => !isSameAsEarlier(fault, call)).flatMap((fault) => {
    const effect = fault.effect(call);
    if (effect === undefined) return [];
    return fault.strengths.map((strength) => ({ call, fault, effect, strength })).filter(isNews);
  });
}

function titleAmong(calls: readonly Call[], call: Call): string {
  return makeTitle(call, calls.filter(({ name }) => name === call.name).length === 1);
}
