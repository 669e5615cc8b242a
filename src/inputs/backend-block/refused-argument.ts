import type { Danger } from './trust.ts';

const WHAT_IT_DOES: Readonly<Record<Danger, string>> = {
  destination: 'sends requests, with the secrets in them, to a host of its own',
  interception: 'lets others read requests, with the secrets in them',
  command: 'can run a command (credential_process)',
  file: 'sends a file of this machine to STS',
  metadata: "decides whether and where this machine's own credentials are asked for",
  keys: "puts other keys in the place of the job's",
  policy: "takes the place of the session's minimal policy",
  publication: 'can publish the state',
};

/** Why an argument of a file of the repository is refused, and what gives it instead. Pure. */
export function refusedText(argument: string, input: string, danger: Danger): string {
  const [whole = argument] = argument.split('.');
  // What has no input of its own is given as Terraform takes it.
  const giver = input.includes('.')
    ? `the line ${whole}={ ... } of backend_config`
    : `the input \`${input}\``;
  return `${argument} ${WHAT_IT_DOES[danger]}: give ${giver} instead`;
}

/** What else can be done, said once for all of them. Pure. */
export const TRUST_FIX =
  'files of the repository may not say where secrets go or what runs; a line NAME= in backend_config takes an argument out for this step, ' +
  'and trust_repository: true lets all of them count, if you trust everybody who can change these files';
