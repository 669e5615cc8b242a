import type { PushRefusal } from '../statefile/push-rules.ts';
import { plain } from './plain.ts';

/** Why a state may not replace the stored one; ends a sentence that says so. Other people's text in it is plain. Pure. */
export function describeRefusal(refusal: PushRefusal): string {
  switch (refusal.kind) {
    case 'lineage_differs': {
      const ours = refusal.after === '' ? 'has no lineage' : `has lineage ${quote(refusal.after)}`;
      return `the job's state ${ours}, the pulled one had ${quote(refusal.before)}: they are not the same infrastructure`;
    }
    case 'serial_older':
      return `the job's state has serial ${refusal.after}, the pulled one had the newer ${refusal.before}`;
    case 'serial_equal_content_differs':
      return `the job's state has the serial of the pulled one, ${refusal.serial}, but other content: it was changed by something other than Terraform`;
    case 'made_from_older':
      return `it was made from serial ${refusal.origin}, which the pulled state, serial ${refusal.pulled}, had replaced: a step put an older state in its place`;
    case 'made_from_other':
      return `it was made from another state of serial ${refusal.serial} than the pulled one: a step put that in its place`;
    case 'still_written':
      return `a program of the job went on writing ${plain(refusal.path)} while it was pushed`;
  }
}

function quote(lineage: string): string {
  return plain(JSON.stringify(lineage));
}
