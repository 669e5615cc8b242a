import type { Use } from '../../backend/policy/uses.ts';
import { advice, type Check, type CheckName, failed, notChecked, ok } from '../../messages/doctor-checks.ts';
import {
  describeUnasked,
  KMS_KEY,
  nameItem,
  sufficeText,
  unprovedText,
} from '../../messages/doctor-findings.ts';
import {
  allowText,
  errorLine,
  lackText,
  type Refusal,
  refusalIn,
  seeLogLine,
} from '../../messages/doctor-text.ts';
import { wasRead } from './decide-state.ts';
import { type Answer, type SetupFindings, type StateFindings, type Subject, unasked } from './findings.ts';

/** The uses that a use includes: whoever holds a state can also read its outputs and free its lock. */
const INCLUDED: Readonly<Record<Use, readonly Use[]>> = {
  hold: ['hold', 'outputs', 'unlock'],
  outputs: ['outputs'],
  unlock: ['unlock'],
};

/** Whether the permissions suffice for the requested use and those it includes. Pure. */
export function decidePermissions(setup: SetupFindings, state: StateFindings, subject: Subject): Check[] {
  const needs = listNeeds(setup, state, subject);
  return [
    ...INCLUDED[subject.use]
      .filter((use) => use !== 'unlock' || subject.scope.table !== undefined || subject.scope.useLockfile)
      .map((use) =>
        decideUse(
          use,
          needs.filter(({ uses }) => uses.includes(use)),
          subject,
        ),
      ),
  ];
}

/** One permission, the uses that need it, and the answer to a request for it. */
interface Need extends Refusal {
  readonly uses: readonly Use[];
  readonly isSpare: boolean;
  readonly answer: Answer<unknown>;
}

function listNeeds(setup: SetupFindings, found: StateFindings, subject: Subject): Need[] {
  return [
    ...stateNeeds(setup, found, subject),
    ...lockNeeds(found, subject),
    ...found.probes.map((probe): Need => ({ ...probe, uses: listUses(probe.permission) })),
    ...(writesUnderKms(setup, subject.objects)
      ? [need('kms:GenerateDataKey', KMS_KEY, ['hold'], unasked('kms_when_stored'))]
      : []),
  ];
}

function stateNeeds(setup: SetupFindings, found: StateFindings, { scope }: Subject): Need[] {
  const { bucket, objectKey, digestPath } = scope.address;
  const uses: readonly Use[] = ['hold', 'outputs'];
  const item = nameItem(digestPath, scope.table);
  return [
    need('s3:GetObject', `s3://${bucket}/${objectKey}`, uses, found.state),
    { ...need('s3:ListBucket', `s3://${bucket}`, uses, listing(setup, found)), isSpare: true },
    // Without it, a state can still be used, with a warning.
    ...(scope.table === undefined
      ? []
      : [{ ...need('dynamodb:GetItem', item, uses, found.digest), isSpare: true }]),
  ];
}

function lockNeeds({ lockItem, lockFile }: StateFindings, { scope }: Subject): Need[] {
  const { bucket, lockPath: lockId, lockFileKey } = scope.address;
  const uses: readonly Use[] = ['hold', 'unlock'];
  const item = nameItem(lockId, scope.table);
  const file = `s3://${bucket}/${lockFileKey}`;
  return [
    ...(scope.table === undefined ? [] : [need('dynamodb:GetItem', item, uses, lockItem)]),
    ...(scope.useLockfile ? [need('s3:GetObject', file, uses, lockFile)] : []),
  ];
}

function need(permission: string, resource: string, uses: readonly Use[], answer: Answer<unknown>): Need {
  return { permission, resource, uses, isSpare: false, answer };
}

function listUses(permission: string): readonly Use[] {
  return permission.includes(':Delete') ? ['hold', 'unlock'] : ['hold'];
}

/** Proved by a bucket that can be inspected, and by the answer that an object does not exist. */
function listing({ bucket }: SetupFindings, { state }: StateFindings): Answer<unknown> {
  if (state.kind === 'answered' && state.value === undefined) return state;
  if (bucket.kind !== 'answered' || bucket.value.refusal === undefined) return bucket;
  return { kind: 'failed', error: bucket.value.refusal };
}

function writesUnderKms({ encryption }: SetupFindings, objects: Subject['objects']): boolean {
  if (objects.encrypt) return objects.kmsKeyId !== undefined;
  return encryption.kind === 'answered' && encryption.value?.algorithm?.startsWith('aws:kms') === true;
}

function decideUse(use: Use, needs: readonly Need[], { caller, now }: Subject): Check {
  const name: CheckName = `permissions_${use}`;
  const refused = needs.flatMap((need) => {
    const refusal = need.answer.kind === 'failed' ? refusalIn(need.answer.error) : undefined;
    // AWS may name another permission than the call's own. Ours names the item or object.
    return refusal === undefined ? [] : [{ ...need, permission: refusal.permission }];
  });
  if (refused.length > 0) {
    const decide = refused.some(({ isSpare }) => !isSpare) ? failed : advice;
    return decide(name, lackText(refused), allowText(refused, caller));
  }
  const open = needs.filter((need) => !isProved(need.answer));
  const proved = needs.filter((need) => isProved(need.answer)).map(({ permission }) => permission);
  if (open.length === 0) return ok(name, sufficeText(proved));
  const whys = open.map(({ permission, resource, answer }) => {
    return { permission, resource, why: whyOpen(answer, now) };
  });
  return notChecked(name, unprovedText(proved, whys));
}

function isProved(answer: Answer<unknown>): boolean {
  return answer.kind === 'answered' || (answer.kind === 'failed' && wasRead(answer.error));
}

function whyOpen(answer: Answer<unknown>, now: number): string {
  if (answer.kind === 'unasked') return describeUnasked(answer.reason);
  if (answer.kind === 'answered') return '';
  return seeLogLine(answer.error) ?? errorLine(answer.error, now);
}
