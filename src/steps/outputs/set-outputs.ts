import {
  deprecatedNotice,
  largeNotice,
  maskedNotice,
  notExportedNotice,
  notMaskableNotice,
  omittedLine,
  renamedNotice,
} from '../../messages/outputs-notes.ts';
import type { Runner } from '../../runner/runner.ts';
import { createTextFinder } from '../../text/text-finder.ts';
import type { Omitted, Plan } from './plan.ts';

export type OutputsRunner = Pick<Runner, 'info' | 'notice' | 'mask' | 'output' | 'exportVariable'>;

/** The bytes of all outputs of a job, which GitHub counts in UTF-16. */
const JOB_OUTPUTS = 1024 * 1024;

/** Masks sensitive values before anything is set or written. */
export function maskOutputs(runner: OutputsRunner, plan: Plan): void {
  for (const { masks = [] } of plan.settings) {
    for (const mask of masks) runner.mask(mask);
  }
}

/** Sets what was masked before. `own`: the action's own outputs, which contain nothing sensitive. */
export function setOutputs(runner: OutputsRunner, plan: Plan, own: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(own)) runner.output(name, value);
  for (const { name, value } of plan.settings) runner.output(name, value);
  for (const { name, value } of plan.variables) runner.exportVariable(name, value);
}

/** Reports what the job did not get, or got under another name. `masks`: everything that this step has masked. */
export function noteOutputs(
  runner: OutputsRunner,
  plan: Plan,
  own: Readonly<Record<string, string>>,
  masks: ReadonlySet<string>,
): void {
  const { settings, omitted } = plan;
  const left = (why: Omitted['why']) => omitted.filter((one) => one.why === why).map(({ label }) => label);
  const notes = [
    note(left('not_maskable'), notMaskableNotice),
    note(
      settings.filter(({ name, expected }) => name !== expected),
      renamedNotice,
    ),
    note(dropped(plan, own, masks), maskedNotice),
    note(tooLarge(plan, own), largeNotice),
    note(plan.notExported, notExportedNotice),
    note(plan.deprecated, deprecatedNotice),
  ];
  const sensitive = left('sensitive');
  if (sensitive.length > 0) runner.info(omittedLine(sensitive));
  for (const text of notes) if (text !== undefined) runner.notice(text);
}

function note<Thing>(
  things: readonly Thing[],
  words: (things: readonly Thing[]) => string,
): string | undefined {
  return things.length === 0 ? undefined : words(things);
}

/** The step outputs that GitHub will not pass on as job outputs (docs/runner.md#masks). */
function dropped(plan: Plan, own: Readonly<Record<string, string>>, masks: ReadonlySet<string>): string[] {
  const isMasked = hasMasked(masks);
  const isSensitive = new Set(plan.settings.flatMap(({ name, masks: ours }) => (ours ? [name] : [])));
  return allSet(plan, own)
    .filter(([name, value]) => isSensitive.has(name) || isMasked(value))
    .map(([name]) => name);
}

function tooLarge(plan: Plan, own: Readonly<Record<string, string>>): string[] {
  const large = allSet(plan, own).filter(([, value]) => value.length * 2 > JOB_OUTPUTS);
  return large.map(([name]) => name);
}

function allSet({ settings }: Plan, own: Readonly<Record<string, string>>): [name: string, value: string][] {
  return [...Object.entries(own), ...settings.map(({ name, value }): [string, string] => [name, value])];
}

/** Whether a text contains one of these masks, literally or in its JSON form. */
export function hasMasked(masks: ReadonlySet<string>): (text: string) => boolean {
  return createTextFinder([...masks].flatMap(listForms));
}

/** The literal form and the JSON form. */
function listForms(mask: string): string[] {
  const escaped = JSON.stringify(mask).slice(1, -1);
  return escaped === mask ? [mask] : [mask, escaped];
}
