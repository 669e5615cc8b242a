import type { ValidState } from '../../statefile/inspection.ts';
import { StateError, type StateScope } from '../state-error.ts';
import type { DownloadedState } from './state-object.ts';

/** A stored state that can be used. */
export interface UsableState {
  readonly object: DownloadedState;
  readonly valid: ValidState;
}

/** The state if it can be used; undefined when there is none. Errors: StateError `state_unreadable`. */
export function requireUsable(
  scope: StateScope,
  object: DownloadedState | undefined,
): UsableState | undefined {
  if (object === undefined) return undefined;
  const { inspection } = object.facts;
  if (inspection.kind === 'state') return { object, valid: inspection };
  const { problem, detail } = inspection;
  throw new StateError({ reason: 'state_unreadable', where: 'stored', problem, detail }, scope);
}
