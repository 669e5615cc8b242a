import type { StateFacts } from '../../backend/state/hash-and-inspect.ts';
import { decidePush, type PushSide } from '../../statefile/push-rules.ts';

/**
 * The state to push as a checkpoint, or undefined. Stricter than post: a checkpoint is always a complete state that
 * continues the last one with a higher serial. Post decides about everything else at the end of the job. Pure.
 */
export function decideCheckpoint(before: PushSide | undefined, facts: StateFacts): PushSide | undefined {
  const { md5, inspection } = facts;
  if (inspection.kind !== 'state') return undefined;
  const { header, content, isEmpty } = inspection;
  const after = { serial: header.serial, lineage: header.lineage, md5, content, isEmpty };
  if (!decidePush({ before, after }).push) return undefined;
  const continues = before === undefined || (sameLineage(before, after) && after.serial > before.serial);
  return continues ? after : undefined;
}

function sameLineage(before: PushSide, after: PushSide): boolean {
  return before.lineage === after.lineage;
}
