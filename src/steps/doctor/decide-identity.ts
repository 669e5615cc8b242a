import { AwsError } from '../../aws/errors.ts';
import { type Check, failed, notChecked, ok } from '../../messages/doctor-checks.ts';
import {
  ACCOUNT_ALLOWED,
  callerText,
  credentialsText,
  describeUnasked,
  NO_ACCOUNT,
} from '../../messages/doctor-findings.ts';
import { errorLine } from '../../messages/doctor-text.ts';
import type { IdentityFindings, Subject } from './findings.ts';

/** Whether there are credentials, their account and their identity. Pure. */
export function decideIdentity(identity: IdentityFindings, subject: Subject): Check[] {
  return [
    decideCredentials(identity, subject),
    ...(subject.hasAccountRule ? [decideAccount(identity, subject)] : []),
    decideCaller(identity, subject),
  ];
}

function decideCredentials({ signIn }: IdentityFindings, { now, ...how }: Subject): Check {
  if (signIn.kind === 'failed' && !isWrongAccount(signIn.error)) {
    return failed('credentials', errorLine(signIn.error, now));
  }
  const byWhat = how.hasWebIdentity ? 'by_job_token' : 'by_keys';
  return ok('credentials', credentialsText(how.assumesRole ? byWhat : undefined));
}

function decideAccount({ signIn }: IdentityFindings, { now }: Subject): Check {
  if (signIn.kind === 'answered') return ok('account', ACCOUNT_ALLOWED);
  if (signIn.kind === 'failed' && isWrongAccount(signIn.error)) {
    return failed('account', errorLine(signIn.error, now));
  }
  return notChecked('account', NO_ACCOUNT);
}

function decideCaller({ caller }: IdentityFindings, { now, assumesRole }: Subject): Check {
  if (caller.kind === 'unasked') return notChecked('caller', describeUnasked(caller.reason));
  if (caller.kind === 'answered') return ok('caller', callerText(caller.value));
  const why = errorLine(caller.error, now);
  // An assumed role proves its credentials. Main does not ask for more.
  return assumesRole ? notChecked('caller', why) : failed('caller', why);
}

function isWrongAccount(error: unknown): boolean {
  return error instanceof AwsError && error.kind === 'wrong_account';
}
