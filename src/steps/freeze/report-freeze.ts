import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import { StateError } from '../../backend/state-error.ts';
import { type FreezeDeed, renderFreeze, type StateEnd } from '../../messages/freeze-report.ts';
import { type FreezeJson, freezeJson } from '../../messages/freeze-text.ts';
import { holderJson } from '../../messages/holder-json.ts';
import { LockedError } from '../../messages/locked-text.ts';
import type { RunPages } from '../../messages/run-page.ts';
import { stateJson } from '../../messages/state-json.ts';
import { describeFailure, type ErrorReason, firstCause } from '../../messages/to-reason-code.ts';
import { type FreezeRefusalCode, FreezeRefused } from './refusal.ts';
import { lastToEnd } from './state-end.ts';

/** The outputs of the freeze action; `freeze/action.yml` declares the same (a test compares them). */
export const FREEZE_OUTPUTS = ['frozen', 'until', 'reason', 'by', 'run', 'reason_code', 'result'] as const;

/** The result of the action. */
export interface FreezeActionEnd {
  readonly deed: FreezeDeed;
  readonly states: readonly StateEnd[];
  readonly pages: RunPages;
}

/** Why the step ends as it does. */
export type FreezeCode = 'froze' | 'thawed' | 'not_frozen' | FreezeRefusalCode | ErrorReason;

/** The report of the result. Pure. */
export function describeEnd(end: FreezeActionEnd): ActionReport {
  const { deed, states, pages } = end;
  const frozen = states.some(({ isFrozen }) => isFrozen);
  const freeze = findFreeze(states, pages);
  return {
    code: successCode(deed, states),
    details: { command: deed, frozen, states: states.map((state) => describeState(state, pages)) },
    outputs: {
      frozen: String(frozen),
      until: freeze?.until ?? '',
      reason: freeze?.reason ?? '',
      by: freeze?.by ?? '',
      run: freeze?.run ?? '',
    },
    summary: () => renderFreeze(deed, states, pages),
    problem: undefined,
  };
}

/** What workflows read about a failed step. Pure. */
export function describeFreezeFailure(error: unknown): ActionFailure {
  const cause = firstCause(error);
  if (cause instanceof FreezeRefused) return { code: cause.code, details: {} };
  const { code, details } = describeFailure(error);
  if (!(cause instanceof StateError || cause instanceof LockedError)) return { code, details };
  return { code, details: { ...details, ...describeRefused(cause) } };
}

/** Of several freezes, the one that ends last. Those in effect come before the others. */
function findFreeze(states: readonly StateEnd[], pages: RunPages): FreezeJson | undefined {
  const end = lastToEnd(states.filter(({ isFrozen }) => isFrozen)) ?? lastToEnd(states);
  return end?.freeze && freezeJson(end.freeze, pages);
}

function describeState({ address, freeze, isFrozen, holder }: StateEnd, pages: RunPages) {
  return {
    state: stateJson(address),
    frozen: isFrozen,
    freeze: freeze === undefined ? null : freezeJson(freeze, pages),
    holder: holder === undefined ? null : holderJson(holder, pages),
  };
}

function successCode(deed: FreezeDeed, states: readonly StateEnd[]): FreezeCode {
  if (deed === 'freeze') return 'froze';
  if (deed === 'show') return states.some(({ isFrozen }) => isFrozen) ? 'frozen' : 'not_frozen';
  return states.some(({ freeze }) => freeze !== undefined) ? 'thawed' : 'not_frozen';
}

function describeRefused({ details, scope }: StateError | LockedError): Record<string, unknown> {
  const freeze = details.reason === 'frozen' ? { freeze: freezeJson(details.freeze, scope) } : {};
  const holder = 'holder' in details && details.holder ? { holder: holderJson(details.holder, scope) } : {};
  return { state: stateJson(scope.address), ...freeze, ...holder };
}
