import { describeUnasked } from './doctor-findings.ts';

/** What the doctor checks, in the order of its table; docs/doctor.md lists the same (a test compares them). */
export const CHECK_NAMES = [
  'credentials',
  'account',
  'caller',
  'bucket',
  'versioning',
  'encryption',
  'public_access',
  'table',
  'state',
  'digest',
  'lock',
  'permissions_hold',
  'permissions_outputs',
  'permissions_unlock',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** `failed` would break a job; `advice` would not, but is worth fixing. */
export type CheckResult = 'ok' | 'failed' | 'advice' | 'not_checked';

/** One line of the table. Other people's text in it is on one line, without control characters. */
export interface Check {
  readonly name: CheckName;
  readonly result: CheckResult;
  readonly found: string;
  /** What to do, and the command that does it. Both are undefined when there is nothing to do. */
  readonly fix: string | undefined;
  readonly command: string | undefined;
}

/** What to do, on one line; undefined when there is nothing to do. Pure. */
export function fixLine({ fix, command }: Check): string | undefined {
  return fix === undefined || command === undefined ? (fix ?? command) : `${fix}: ${command}`;
}

/** The checks that were made, followed by those that need credentials and were not made. Pure. */
export function withoutLook(made: readonly Check[]): Check[] {
  const rest = CHECK_NAMES.filter((name) => name !== 'account' && made.every((check) => check.name !== name));
  return [...made, ...rest.map((name) => notChecked(name, describeUnasked('no_credentials')))];
}

/** Whether nothing was found that would break a job. Pure. */
export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== 'failed');
}

export const ok = (name: CheckName, found: string): Check => ({
  name,
  result: 'ok',
  found,
  fix: undefined,
  command: undefined,
});

export const failed = (name: CheckName, found: string, fix?: string, command?: string): Check => ({
  name,
  result: 'failed',
  found,
  fix,
  command,
});

export const advice = (name: CheckName, found: string, fix: string | undefined, command?: string): Check => ({
  name,
  result: 'advice',
  found,
  fix,
  command,
});

export const notChecked = (name: CheckName, found: string, fix?: string): Check => ({
  name,
  result: 'not_checked',
  found,
  fix,
  command: undefined,
});
