import { plain } from './plain.ts';

/** Why an `errored.tfstate` is not taken for the job's state. */
export type ErroredStateReason =
  | { readonly kind: 'no_whole_state' }
  | { readonly kind: 'lineage_differs'; readonly lineage: string; readonly expected: string }
  | { readonly kind: 'serial_not_higher'; readonly serial: bigint; readonly than: bigint };

/** The warning where an `errored.tfstate` is not taken for the job's state. Pure. */
export function erroredStateLeftText(path: string, reason: ErroredStateReason): string {
  return `${path} is not taken for the job's state: ${describe(reason)}. It stays where it is.`;
}

/** The notice where it is. Pure. */
export function erroredStateTakenText(path: string): string {
  return (
    `A Terraform of this job could not write the state where it belongs and left it in ${path}. That is the job's state ` +
    'now. The file stays; when this step succeeds, the state is in S3 and the file may go.'
  );
}

function describe(reason: ErroredStateReason): string {
  switch (reason.kind) {
    case 'no_whole_state':
      return 'it is no whole state';
    case 'lineage_differs':
      return `its lineage is ${plain(reason.lineage)}, and not ${plain(reason.expected)}`;
    case 'serial_not_higher':
      return `its serial ${reason.serial} is not higher than ${reason.than}`;
  }
}
