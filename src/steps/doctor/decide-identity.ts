import { AwsError } from '../../aws/errors.ts';
import { errorLine } from '../../messages/doctor-text.ts';
import { plain } from '../../messages/plain.ts';
import { type Check, failed, notChecked, ok } from './checks.ts';
import type { IdentityFindings, Subject } from './findings.ts';

/** Whether there are credentials, of which account and who they are. Pure. */
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
  if (!how.assumesRole) return ok('credentials', 'there are credentials');
  return ok(
    'credentials',
    how.hasWebIdentity ? "the role was assumed by the job's own token" : 'the role was assumed',
  );
}

function decideAccount({ signIn }: IdentityFindings, { now }: Subject): Check {
  if (signIn.kind === 'answered') return ok('account', 'it may be used');
  if (signIn.kind === 'failed' && isWrongAccount(signIn.error)) {
    return failed('account', errorLine(signIn.error, now));
  }
  return notChecked('account', 'there are none to check');
}

function decideCaller({ caller }: IdentityFindings, { now, assumesRole }: Subject): Check {
  if (caller.kind === 'unasked') return notChecked('caller', caller.why);
  if (caller.kind === 'answered') {
    const { arn, account } = caller.value;
    return ok('caller', `${plain(arn)}${account === undefined ? '' : `, account ${account}`}`);
  }
  const why = errorLine(caller.error, now);
  // A role that was assumed proves its credentials; main asks no more.
  return assumesRole ? notChecked('caller', why) : failed('caller', why);
}

function isWrongAccount(error: unknown): boolean {
  return error instanceof AwsError && error.kind === 'wrong_account';
}
