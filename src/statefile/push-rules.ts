import { ENCRYPTED_CONTENT } from './inspection.ts';

/** The facts about a state that the rules use. */
export interface PushSide {
  readonly serial: bigint;
  readonly lineage: string;
  /** Of the bytes. */
  readonly md5: string;
  /** Of outputs and resources, independent of the layout; `ENCRYPTED_CONTENT` when they are encrypted. */
  readonly content: string;
  /** Whether there are neither outputs nor resources. */
  readonly isEmpty: boolean;
}

/** Why a state may not replace the stored one. Lineages are other people's text. */
export type PushRefusal =
  | { readonly kind: 'lineage_differs'; readonly before: string; readonly after: string }
  | { readonly kind: 'serial_older'; readonly before: bigint; readonly after: bigint }
  | { readonly kind: 'serial_equal_content_differs'; readonly serial: bigint }
  /** The serial in Terraform's backup is lower than that of the pulled state. */
  | { readonly kind: 'made_from_older'; readonly origin: bigint; readonly pulled: bigint }
  /** The backup has the serial of the pulled state, but different content. */
  | { readonly kind: 'made_from_other'; readonly serial: bigint }
  /** A program of the job writes the state faster than it can be pushed. */
  | { readonly kind: 'still_written'; readonly path: string };

export type PushDecision =
  | { readonly push: true }
  | { readonly push: false; readonly reason: 'unchanged' }
  | { readonly push: false; readonly reason: 'refused'; readonly refusal: PushRefusal };

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

/** Nothing can be lost, so any state is accepted. But a text that only looks different is no change. */
function decideOverEmpty(before: PushSide, after: PushSide): PushDecision {
  const same = before.lineage === after.lineage && before.serial === after.serial && after.isEmpty;
  return same ? UNCHANGED : PUSH;
}

function differentLineage(before: PushSide, after: PushSide): PushDecision {
  return refuse({ kind: 'lineage_differs', before: before.lineage, after: after.lineage });
}

function olderSerial(before: PushSide, after: PushSide): PushDecision {
  return refuse({ kind: 'serial_older', before: before.serial, after: after.serial });
}

function sameSerial({ serial }: PushSide): PushDecision {
  return refuse({ kind: 'serial_equal_content_differs', serial });
}

function refuse(refusal: PushRefusal): PushDecision {
  return { push: false, reason: 'refused', refusal };
}
