import { ENCRYPTED_CONTENT } from './inspection.ts';

/** What the rules weigh of a state. */
export interface PushSide {
  readonly serial: bigint;
  readonly lineage: string;
  /** Of the bytes. */
  readonly md5: string;
  /** Of outputs and resources, however they are laid out; `ENCRYPTED_CONTENT` where they are encrypted. */
  readonly content: string;
  /** Neither outputs nor resources. */
  readonly isEmpty: boolean;
}

export type PushRefusal = 'lineage_differs' | 'serial_older' | 'serial_equal_content_differs';

export type PushDecision =
  | { readonly push: true }
  | { readonly push: false; readonly reason: 'unchanged' }
  | {
      readonly push: false;
      readonly reason: 'refused';
      readonly refused: PushRefusal;
      readonly detail: string;
    };

const PUSH: PushDecision = { push: true };
const UNCHANGED: PushDecision = { push: false, reason: 'unchanged' };

/**
 * Whether `after` may replace `before`, undefined when there was no state. The rules of `terraform state push`
 * (docs/protocol.md#push-rules), but for four things:
 *
 * - a state that replaces nothing, or an empty one, keeps its lineage and serial (Terraform makes up new ones);
 * - a state without lineage does not replace one that has a lineage (Terraform lets it, and so lets a stray
 *   `{"version":4}` wipe a state out);
 * - two states without lineage are weighed by their serials (Terraform lets any replace any);
 * - of two encrypted states with one serial nothing changed, since OpenTofu encrypts anew at each write, and one that OpenTofu
 *   encrypted or decrypted goes on from the pulled one without a higher serial.
 */
export function decidePush({
  before,
  after,
}: {
  readonly before: PushSide | undefined;
  readonly after: PushSide;
}): PushDecision {
  if (before === undefined) return PUSH;
  if (before.md5 === after.md5) return UNCHANGED;
  if (before.isEmpty) return decideOverEmpty(before, after);
  if (before.lineage !== after.lineage) return before.lineage === '' ? PUSH : differentLineage(before, after);
  if (before.serial < after.serial) return PUSH;
  if (before.serial > after.serial) return olderSerial(before, after);
  if (before.content === after.content) return UNCHANGED;
  return isEncrypted(before) === isEncrypted(after) ? sameSerial(after) : PUSH;
}

function isEncrypted({ content }: PushSide): boolean {
  return content === ENCRYPTED_CONTENT;
}

/** Nothing can be lost, so anything goes; but a text that only looks different is no change. */
function decideOverEmpty(before: PushSide, after: PushSide): PushDecision {
  const same = before.lineage === after.lineage && before.serial === after.serial && after.isEmpty;
  return same ? UNCHANGED : PUSH;
}

function differentLineage(before: PushSide, after: PushSide): PushDecision {
  const ours = after.lineage === '' ? 'has no lineage' : `has lineage ${JSON.stringify(after.lineage)}`;
  return refuse(
    'lineage_differs',
    `the job's state ${ours}, the pulled one had ${JSON.stringify(before.lineage)}: they are not the same infrastructure`,
  );
}

function olderSerial(before: PushSide, after: PushSide): PushDecision {
  return refuse(
    'serial_older',
    `the job's state has serial ${after.serial}, the pulled one had the newer ${before.serial}`,
  );
}

function sameSerial(after: PushSide): PushDecision {
  return refuse(
    'serial_equal_content_differs',
    `the job's state has the serial of the pulled one, ${after.serial}, but other content: it was changed by something other than Terraform`,
  );
}

function refuse(refused: PushRefusal, detail: string): PushDecision {
  return { push: false, reason: 'refused', refused, detail };
}
