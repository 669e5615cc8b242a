import { plain } from './plain.ts';

/** Why an `errored.tfstate` is not used as the job's state. */
export type ErroredStateReason =
  | { readonly kind: 'no_whole_state' }
  | { readonly kind: 'lineage_differs'; readonly lineage: string; readonly expected: string }
  | { readonly kind: 'serial_not_higher'; readonly serial: bigint; readonly than: bigint };

/** The warning for an `errored.tfstate` that is not used as the job's state. Pure. */
export function erroredStateLeftText(path: string, reason: ErroredStateReason): string {
  return `The action does not use ${path} as the job's state: ${describe(reason)}. The file stays.`;
}

/** The notice for one that is used. Pure. */
export function erroredStateTakenText(path: string): string {
  return (
    `This job's Terraform could not write the state where it belongs and left it in ${path}. The action uses that file as ` +
    "the job's state. The file stays. Once this step succeeds, the state is in S3 and you can delete the file."
  );
}

function describe(reason: ErroredStateReason): string {
  switch (reason.kind) {
    case 'no_whole_state':
      return 'it is not a complete state';
    case 'lineage_differs':
      return `its lineage is ${plain(reason.lineage)}, not ${plain(reason.expected)}`;
    case 'serial_not_higher':
      return `its serial ${reason.serial} is not higher than ${reason.than}`;
  }
}
