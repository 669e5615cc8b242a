import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

type Unreadable = DetailsOf<'state_unreadable'>;

const FIXES: Readonly<Record<Unreadable['where'], Readonly<Record<string, string>>>> = {
  stored: {
    encrypted:
      '`outputs/` reads it with `encryption_passphrase`, `encryption_kms_key_id` or the variable `TF_ENCRYPTION`, if OpenTofu encrypts it with `pbkdf2` or `aws_kms`, and `aes_gcm`. With another key provider or method, hold the state and read outputs with `tofu output`.',
    unsupported_encryption:
      '`outputs/` decrypts only the method `aes_gcm` with keys of `pbkdf2` or `aws_kms`. Hold the state with the main action (`lock: none` is enough), and read its outputs with `tofu output`.',
    truncated:
      'It is cut off: its writer was killed, or the disk was full. Restore an earlier version of the object.',
    empty: 'It is empty: its writer was killed while it wrote.',
    not_version_4:
      'The action supports only version 4 of the format (Terraform 0.12 and later, OpenTofu). Upgrade the state with Terraform first.',
  },
  local: {
    encrypted:
      'A step of this job wrote a file that OpenTofu would not write: OpenTofu leaves serial and lineage readable.',
    truncated:
      'It is cut off: a step of this job was killed while it wrote, or the disk was full. Import what that step created.',
    empty: 'It is empty: a step of this job was killed while it wrote. Import what that step created.',
    not_version_4:
      'The action pushes only version 4 of the format (Terraform 0.12 and later, OpenTofu). A step of this job wrote another version.',
  },
};

/** The fixes depend on which is broken. When the job's own file is, the stored object is fine. */
export function explainUnreadable(scope: StateScope, { where, problem, detail }: Unreadable): string {
  const isLocal = where === 'local';
  const lines = [
    `${isLocal ? "The job's state file" : stateUrl(scope)} is not a usable Terraform state: ${plain(detail)}.`,
  ];
  if (isLocal) lines.push(`It was not pushed: ${stateUrl(scope)} has not changed and needs no repair.`);
  const fix = FIXES[where][problem];
  return [...lines, ...(fix === undefined ? [] : [fix])].join('\n');
}
