import type { StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

type Unreadable = Extract<StateErrorDetails, { reason: 'state_unreadable' }>;

const FIXES: Readonly<Record<Unreadable['where'], Readonly<Record<string, string>>>> = {
  stored: {
    encrypted:
      '`outputs/` can not read encrypted states yet, since only OpenTofu has the keys. The main action holds them: read outputs there with `tofu output`.',
    truncated:
      'It ends in the middle: its writer was killed or its disk was full. Restore an earlier version of the object.',
    empty: 'It is empty: its writer was killed while it wrote.',
    not_version_4:
      'The action can hold only version 4 of the format (Terraform 0.12 and later, OpenTofu). Upgrade it with Terraform first.',
  },
  local: {
    encrypted:
      'A step of this job wrote another file than OpenTofu does, which leaves serial and lineage readable.',
    truncated:
      'It ends in the middle: a step of this job was killed while it wrote, or the disk was full. Import what that step created.',
    empty: 'It is empty: a step of this job was killed while it wrote. Import what that step created.',
    not_version_4:
      'Only version 4 of the format can be pushed (Terraform 0.12 and later, OpenTofu); a step of this job wrote another one.',
  },
};

/** These fixes are for the stored object only. When the job's own file is broken, the object is fine. */
export function explainUnreadable(scope: StateScope, { where, problem, detail }: Unreadable): string {
  const isLocal = where === 'local';
  const lines = [
    `${isLocal ? "The job's state file" : stateUrl(scope)} is not a Terraform state that can be used: ${plain(detail)}.`,
  ];
  if (isLocal) lines.push(`It was not pushed: ${stateUrl(scope)} is as it was, and needs no repair.`);
  const fix = FIXES[where][problem];
  return [...lines, ...(fix === undefined ? [] : [fix])].join('\n');
}
