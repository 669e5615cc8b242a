import { AwsError } from '../../aws/errors.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { StateError, type StateErrorDetails, type StateScope } from '../../backend/state-error.ts';
import { repairDigestCommand } from '../../messages/commands.ts';
import { allowText, errorLine, lackText, refusalIn, seeLogLine } from '../../messages/doctor-text.ts';
import { waysToFree } from '../../messages/free-lines.ts';
import { findRunUrl, nameHolder, nameStore, nameStores } from '../../messages/lock-text.ts';
import { plain } from '../../messages/plain.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { advice, type Check, failed, notChecked, ok } from './checks.ts';
import type { StateFindings, Subject } from './findings.ts';

/** Whether the state can be read, is what its digest stands for, and is free. Pure. */
export function decideState(findings: StateFindings, subject: Subject): Check[] {
  return [decideObject(findings, subject), decideDigest(findings, subject), decideLock(findings, subject)];
}

function decideObject({ state }: StateFindings, subject: Subject): Check {
  const { scope, use, caller, now } = subject;
  if (state.kind === 'unasked') return notChecked('state', state.why);
  if (state.kind === 'answered') {
    const url = stateUrl(scope);
    const { serial } = state.value ?? {};
    if (state.value !== undefined) {
      return ok('state', serial === undefined ? url : `${url} can be read, serial ${serial}`);
    }
    const fix = 'outputs/ needs `allow_missing: true` until there is one';
    return use === 'outputs'
      ? advice('state', `there is none at ${url} yet`, fix)
      : ok('state', `there is none at ${url} yet`);
  }
  const elsewhere = seeLogLine(state.error);
  if (elsewhere !== undefined) return notChecked('state', elsewhere);
  if (mismatchIn(state.error) !== undefined) return ok('state', `${stateUrl(scope)} can be read`);
  const refusal = refusalIn(state.error);
  if (refusal === undefined) return failed('state', errorLine(state.error, now));
  return failed('state', lackText([refusal]), allowText([refusal], caller));
}

function decideDigest({ state, digest }: StateFindings, subject: Subject): Check {
  const { scope, caller, now } = subject;
  const mismatch = state.kind === 'failed' ? mismatchIn(state.error) : undefined;
  if (mismatch !== undefined) return decideMismatch(mismatch, scope);
  if (digest.kind === 'unasked') return notChecked('digest', digest.why);
  if (digest.kind === 'failed') {
    const refusal = refusalIn(digest.error);
    const why = seeLogLine(digest.error) ?? errorLine(digest.error, now);
    if (refusal === undefined) return notChecked('digest', why);
    return notChecked('digest', lackText([refusal]), allowText([refusal], caller));
  }
  if (state.kind !== 'answered') return notChecked('digest', 'the state could not be read');
  if (digest.value.kind === 'valid') {
    return state.value?.serial === undefined
      ? notChecked('digest', 'the state was only looked up')
      : ok('digest', 'table and object agree');
  }
  if (state.value === undefined) return ok('digest', 'there is no state yet, and no digest');
  const what = digest.value.kind === 'absent' ? 'none' : 'one that is no MD5';
  return advice('digest', `table ${scope.table} has ${what} for this state`, 'the next push writes it');
}

function decideMismatch({ calculated, stored }: Mismatch, scope: StateScope): Check {
  const found = `the object has the MD5 ${calculated || '(no object)'}, but table ${scope.table} has ${stored}`;
  const repair = repairDigestCommand(scope, calculated);
  return failed('digest', found, 'if nobody is writing now, and the object is right', repair);
}

function decideLock({ lockItem, lockFile }: StateFindings, subject: Subject): Check {
  const { scope, use, caller, now } = subject;
  if (use === 'outputs') return notChecked('lock', 'reading outputs takes no lock');
  if (scope.table === undefined && !scope.useLockfile) {
    return advice('lock', 'nothing locks this state', 'set `dynamodb_table` or `use_lockfile: true`');
  }
  const answers = [lockItem, lockFile];
  const found = answers.flatMap((answer) =>
    answer.kind === 'answered' && answer.value ? [answer.value] : [],
  );
  if (found[0] !== undefined) return decideHeld([found[0], ...found.slice(1)], subject);
  const errors = answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.error] : []));
  if (errors.length === 0) return ok('lock', `free in ${nameStores(scope)}`);
  const refusals = errors.flatMap((error) => refusalIn(error) ?? []);
  const [other] = errors.filter((error) => refusalIn(error) === undefined);
  if (other !== undefined) return notChecked('lock', seeLogLine(other) ?? errorLine(other, now));
  return notChecked('lock', lackText(refusals), allowText(refusals, caller));
}

function decideHeld(found: readonly [FoundLock, ...FoundLock[]], subject: Subject): Check {
  const { scope, use, now, runUrl } = subject;
  const [{ holder }] = found;
  const where = found.map((lock) => nameStore(lock, scope)).join(' and ');
  const text = `held in ${where} by ${nameHolder(holder, scope, now)}`;
  if (runUrl !== '' && found.every((lock) => findRunUrl(lock.holder) === runUrl)) {
    return ok('lock', `held in ${where} by this run`);
  }
  if (use === 'unlock') return ok('lock', text);
  const [command = ''] = waysToFree(scope, holder);
  const fix = 'wait for it (`lock_timeout`) or, if its holder is gone for good';
  return failed('lock', text, fix, plain(command.trim()));
}

type Mismatch = Extract<StateErrorDetails, { reason: 'digest_mismatch' }>;

function mismatchIn(error: unknown): Mismatch | undefined {
  if (!(error instanceof StateError)) return undefined;
  return error.details.reason === 'digest_mismatch' ? error.details : undefined;
}

/** Whether an error leaves no doubt that an object was read. */
export function wasRead(error: unknown): boolean {
  return error instanceof StateError && !(error.cause instanceof AwsError);
}
