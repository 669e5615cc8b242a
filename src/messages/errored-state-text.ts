import { plain } from './plain.ts';

/** Why an `errored.tfstate` is not taken for the job's state. */
export type ErroredStateReason =
  | { readonly kind: 'no_whole_state' }
  | { readonly kind: 'lineage_differs'; readonly lineage: string; readonly expected: string }
  | { readonly kind: 'serial_not_higher'; readonly serial: bigint; readonly than: bigint };

/** The warning where an `errored.tfstate` is not taken for the job's state. Pure. */
export function erroredStateLeftText(path: string, reason: ErroredStateReason): string {
  return `${path} does not count as the job's state: ${describe(reason)}. The file stays.`;
}

/** The notice where it is. Pure. */
export function erroredStateTakenText(path: string): string {
  return (
    `A Terraform of this job could not write the state to its place and left it in ${path}. That is the job's state ` +
    'now. The file stays. Once this step succeeds, the state is in S3 and you can delete the file.'
  );
}

function describe(reason: ErroredStateReason): string {
  switch (reason.kind) {
    case 'no_whole_state':
      return 'it is not a complete state';
    case 'lineage_differs':
      return `its lineage is ${plain(reason.lineage)}, and not ${plain(reason.expected)}`;
    case 'serial_not_higher':
      return `its serial ${reason.serial} is not higher than ${reason.than}`;
  }
}
