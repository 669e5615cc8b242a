import { AwsError } from '../../aws/errors.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type DetailsOf, StateError, type StateScope } from '../../backend/state-error.ts';
import { repairDigestCommand } from '../../messages/commands.ts';
import { advice, type Check, failed, notChecked, ok } from '../../messages/doctor-checks.ts';
import {
  DIGEST_AGREES,
  describeUnasked,
  freeText,
  heldByThisRunText,
  heldFinding,
  mismatchFinding,
  NOTHING_YET,
  noDigestFinding,
  noStateFinding,
  readableStateText,
  STATE_ONLY_LOOKED_UP,
  STATE_UNREAD,
  stateText,
  UNLOCKED,
} from '../../messages/doctor-findings.ts';
import { allowText, errorLine, lackText, refusalIn, seeLogLine } from '../../messages/doctor-text.ts';
import { waysToFree } from '../../messages/free-lines.ts';
import { findRunUrl } from '../../messages/lock-text.ts';
import { plain } from '../../messages/plain.ts';
import type { StateFindings, Subject } from './findings.ts';

/** Whether the state can be read, matches its digest, and is free. Pure. */
export function decideState(findings: StateFindings, subject: Subject): Check[] {
  return [decideObject(findings, subject), decideDigest(findings, subject), decideLock(findings, subject)];
}

function decideObject({ state }: StateFindings, subject: Subject): Check {
  const { scope, use, caller, now } = subject;
  if (state.kind === 'unasked') return notChecked('state', describeUnasked(state.reason));
  if (state.kind === 'answered') {
    if (state.value !== undefined) return ok('state', stateText(scope, state.value.serial));
    const { found, fix } = noStateFinding(scope);
    return use === 'outputs' ? advice('state', found, fix) : ok('state', found);
  }
  const elsewhere = seeLogLine(state.error);
  if (elsewhere !== undefined) return notChecked('state', elsewhere);
  if (mismatchIn(state.error) !== undefined) return ok('state', readableStateText(scope));
  const refusal = refusalIn(state.error);
  if (refusal === undefined) return failed('state', errorLine(state.error, now));
  return failed('state', lackText([refusal]), allowText([refusal], caller));
}

function decideDigest({ state, digest }: StateFindings, subject: Subject): Check {
  const { scope, caller, now } = subject;
  const mismatch = state.kind === 'failed' ? mismatchIn(state.error) : undefined;
  if (mismatch !== undefined) return decideMismatch(mismatch, scope);
  if (digest.kind === 'unasked') return notChecked('digest', describeUnasked(digest.reason));
  if (digest.kind === 'failed') {
    const refusal = refusalIn(digest.error);
    const why = seeLogLine(digest.error) ?? errorLine(digest.error, now);
    if (refusal === undefined) return notChecked('digest', why);
    return notChecked('digest', lackText([refusal]), allowText([refusal], caller));
  }
  if (state.kind !== 'answered') return notChecked('digest', STATE_UNREAD);
  if (digest.value.kind === 'valid') {
    return state.value?.serial === undefined
      ? notChecked('digest', STATE_ONLY_LOOKED_UP)
      : ok('digest', DIGEST_AGREES);
  }
  if (state.value === undefined) return ok('digest', NOTHING_YET);
  const { found, fix } = noDigestFinding(scope, digest.value.kind === 'absent' ? 'absent' : 'unusable');
  return advice('digest', found, fix);
}

function decideMismatch({ calculated, stored }: Mismatch, scope: StateScope): Check {
  const { found, fix } = mismatchFinding(scope, calculated, stored);
  return failed('digest', found, fix, repairDigestCommand(scope, calculated));
}

function decideLock({ lockItem, lockFile }: StateFindings, subject: Subject): Check {
  const { scope, use, caller, now } = subject;
  if (use === 'outputs') return notChecked('lock', describeUnasked('outputs_take_no_lock'));
  if (scope.table === undefined && !scope.useLockfile) {
    return advice('lock', UNLOCKED.found, UNLOCKED.fix);
  }
  const answers = [lockItem, lockFile];
  const found = answers.flatMap((answer) =>
    answer.kind === 'answered' && answer.value ? [answer.value] : [],
  );
  if (found[0] !== undefined) return decideHeld([found[0], ...found.slice(1)], subject);
  const errors = answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.error] : []));
  if (errors.length === 0) return ok('lock', freeText(scope));
  const refusals = errors.flatMap((error) => refusalIn(error) ?? []);
  const [other] = errors.filter((error) => refusalIn(error) === undefined);
  if (other !== undefined) return notChecked('lock', seeLogLine(other) ?? errorLine(other, now));
  return notChecked('lock', lackText(refusals), allowText(refusals, caller));
}

function decideHeld(found: readonly [FoundLock, ...FoundLock[]], subject: Subject): Check {
  const { scope, use, now, runUrl } = subject;
  const [{ holder }] = found;
  const { found: text, fix } = heldFinding(found, scope, now);
  if (runUrl !== '' && found.every((lock) => findRunUrl(lock.holder) === runUrl)) {
    return ok('lock', heldByThisRunText(found, scope));
  }
  if (use === 'unlock') return ok('lock', text);
  const [command = ''] = waysToFree(scope, holder);
  return failed('lock', text, fix, plain(command.trim()));
}

type Mismatch = DetailsOf<'digest_mismatch'>;

function mismatchIn(error: unknown): Mismatch | undefined {
  if (!(error instanceof StateError)) return undefined;
  return error.details.reason === 'digest_mismatch' ? error.details : undefined;
}

/** Whether an error proves that an object was read. */
export function wasRead(error: unknown): boolean {
  return error instanceof StateError && !(error.cause instanceof AwsError);
}
