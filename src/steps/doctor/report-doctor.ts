import type { ActionReport } from '../../action/run-action.ts';
import type { Use } from '../../backend/policy/uses.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { type Check, fixLine, isHealthy } from '../../messages/doctor-checks.ts';
import { failureText, renderSummary } from '../../messages/doctor-table.ts';
import { stateJson } from '../../messages/state-json.ts';
import type { ErrorReason } from '../../messages/to-reason-code.ts';

/** The outputs of the doctor action; `doctor/action.yml` declares the same (a test compares them). */
export const DOCTOR_OUTPUTS = ['healthy', 'reason_code', 'result'] as const;

/** The result of the action. */
export interface DoctorEnd {
  readonly scope: StateScope;
  readonly use: Use;
  readonly checks: readonly Check[];
}

/** Why the step ends as it does. */
export type DoctorCode = 'healthy' | 'unhealthy' | ErrorReason;

/** A problem that would break a job; `message` is for the user. */
export class NotHealthy extends CodedError<'unhealthy'> {
  override readonly name = 'NotHealthy';

  constructor(message: string) {
    super('unhealthy', message);
  }
}

/** The report of the result. A step whose checks found a problem that would break a job fails. Pure. */
export function describeEnd({ scope, use, checks }: DoctorEnd): ActionReport {
  const healthy = isHealthy(checks);
  const code: DoctorCode = healthy ? 'healthy' : 'unhealthy';
  const problems = failureText(checks, use, scope);
  return {
    code,
    details: {
      use,
      state: stateJson(scope.address),
      checks: checks.map((check) => {
        const { name, result, found } = check;
        return { check: name, result, found, fix: fixLine(check) ?? null };
      }),
    },
    outputs: { healthy: String(healthy) },
    summary: () => renderSummary(checks, scope),
    problem: problems === undefined ? undefined : new NotHealthy(problems),
  };
}
