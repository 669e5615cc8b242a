import type { CurrentObject } from '../backend/state-error.ts';
import { formatTime } from '../time/format-time.ts';
import { code } from './html.ts';
import { excerpt } from './plain.ts';
import { type RunPages, renderRun } from './run-page.ts';

/** When an object was written, and by whom, as far as is known. */
export interface LastWrite {
  /** In ms since the epoch. */
  readonly at: number | undefined;
  /** Undefined for a client that leaves no name. The texts are other people's. */
  readonly by: { readonly actor: string; readonly run: string } | undefined;
}

/** The characters shown of an actor or a run. */
const SHOWN = 200;
const NAMELESS = 'a client that leaves no name (Terraform or OpenTofu without this action, or the console)';

/** Who wrote a version of the object. Pure. */
export function toLastWrite({ lastModified, provenance }: CurrentObject): LastWrite {
  const by = provenance && { actor: provenance.actor, run: provenance.run };
  return { at: lastModified?.getTime(), by };
}

/** When a version of the object was written, and by whom: ends the sentence "it was written ...". Pure. */
export function describeWrite(current: CurrentObject): string {
  const { at, by } = toLastWrite(current);
  const who = by === undefined ? NAMELESS : `${excerpt(by.actor, SHOWN)} in ${excerpt(by.run, SHOWN)}`;
  return `at ${describeTime(at)} by ${who}`;
}

/** The same as HTML, with a link to the run. Pure. */
export function renderWrite({ at, by }: LastWrite, pages: RunPages): string {
  const who =
    by === undefined ? NAMELESS : `${code(excerpt(by.actor, SHOWN))} in ${renderRun(by.run, pages)}`;
  return `${describeTime(at)} by ${who}`;
}

/** A sentence about the state as it is now: when it was written, and by whom. Pure. */
export function lastWriteLine(current: CurrentObject | undefined): string {
  return current === undefined
    ? 'There is no state now.'
    : `The state was last written ${describeWrite(current)}.`;
}

function describeTime(at: number | undefined): string {
  return at === undefined ? 'an unknown time' : formatTime(at);
}
