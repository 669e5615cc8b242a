import type { PushRefusal } from '../statefile/push-rules.ts';
import { plain } from './plain.ts';

/** Why a state may not replace the stored one; ends a sentence that says so. Other people's text in it is plain. Pure. */
export function describeRefusal(refusal: PushRefusal): string {
  switch (refusal.kind) {
    case 'lineage_differs': {
      const ours = refusal.after === '' ? 'has no lineage' : `has lineage ${quote(refusal.after)}`;
      return `the job's state ${ours}, but the pulled one has ${quote(refusal.before)}: they describe different infrastructure`;
    }
    case 'serial_older':
      return `the job's state has serial ${refusal.after}, but the pulled one has the newer serial ${refusal.before}`;
    case 'serial_equal_content_differs':
      return `the job's state has the serial of the pulled one, ${refusal.serial}, but different content: something other than Terraform changed it`;
    case 'made_from_older':
      return `it was made from serial ${refusal.origin}, which the pulled state, serial ${refusal.pulled}, had already replaced: a step put an older state in place of the pulled one`;
    case 'made_from_other':
      return `it was made from a different state with serial ${refusal.serial}: a step put that state in place of the pulled one`;
    case 'still_written':
      return `a program in the job kept writing ${plain(refusal.path)} during the push`;
  }
}

function quote(lineage: string): string {
  return plain(JSON.stringify(lineage));
}
