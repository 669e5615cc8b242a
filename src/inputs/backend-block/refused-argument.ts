import type { Danger } from './trust.ts';

const WHAT_IT_DOES: Readonly<Record<Danger, string>> = {
  destination: 'sends requests, with the secrets in them, to a host of its own',
  interception: 'lets others read requests, with the secrets in them',
  command: 'can run a command (credential_process)',
  file: 'sends a file from this machine to STS',
  metadata: "decides whether and where the action looks for this machine's own credentials",
  keys: "replaces the job's keys",
  policy: "replaces the session's minimal policy",
  publication: 'can publish the state',
};

/** Why an argument in a file of the repository is refused, and how to give it instead. Pure. */
export function refusedText(argument: string, input: string, danger: Danger): string {
  const [whole = argument] = argument.split('.');
  // An argument without an input of its own is given in Terraform's form.
  const giver = input.includes('.')
    ? `the line ${whole}={ ... } of backend_config`
    : `the input \`${input}\``;
  return `${argument} ${WHAT_IT_DOES[danger]}: give ${giver} instead`;
}

/** What else can be done, once for all of them. Pure. */
export const TRUST_FIX =
  'files of the repository must not decide where secrets go or what runs; a line NAME= in backend_config removes an argument for this step, ' +
  'and trust_repository: true allows all arguments, if you trust everybody who can change these files';
