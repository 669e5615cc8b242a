import type { StateInspection } from '../../statefile/inspect.ts';
import { ENCRYPTED_CONTENT } from '../../statefile/inspection.ts';
import type { PushRefusal, PushSide } from '../../statefile/push-rules.ts';

/**
 * Why the job's state does not descend from the pulled one, if so. Terraform's local backend keeps the state that its
 * last write replaced as a backup. A backup from before the pull shows that a step put an older state in place of the
 * pulled one, which would undo another job's change. Pure.
 */
export function findBrokenDescent(
  pulled: PushSide | undefined,
  backup: StateInspection | undefined,
): PushRefusal | undefined {
  if (pulled === undefined || backup?.kind !== 'state') return undefined;
  const { serial, lineage } = backup.header;
  if (lineage !== pulled.lineage) return undefined;
  if (serial < pulled.serial) {
    return { kind: 'made_from_older', origin: serial, pulled: pulled.serial };
  }
  if (serial > pulled.serial || backup.content === pulled.content) return undefined;
  // OpenTofu started or stopped encrypting the state, so the two can't be compared.
  if ([backup.content, pulled.content].includes(ENCRYPTED_CONTENT)) return undefined;
  return { kind: 'made_from_other', serial };
}
