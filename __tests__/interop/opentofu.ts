import { isOpenTofu } from '../support/terraform-binary.ts';

/** The differences of OpenTofu 1.12 from Terraform that matter to the tests of this folder. */
const DIFFERENCES = {
  /** Written at a change that is at least 20 s after the last write, locally, too; on a first apply nothing before. */
  'writes the state only every 20 s': isOpenTofu,
  "does not send an assumed role's source_identity": isOpenTofu,
  'takes the template escape $${ in a JSON backend block for what it stands for': isOpenTofu,
  'names a wrong digest in other words': isOpenTofu,
  /** With -lock-timeout: the lock was freed between its failed put and its read of the holder. */
  'gives up waiting for a lock that vanishes': isOpenTofu,
} as const;

/** Whether the `terraform` of this run has this difference. */
export function differs(how: keyof typeof DIFFERENCES): boolean {
  return DIFFERENCES[how];
}
