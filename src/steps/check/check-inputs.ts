import { isPlanReference } from '../../backend/plan-vault/plan-id.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { NOT_A_PLAN } from '../../inputs/plan-inputs.ts';
import { readStateInputs, type StateInputs } from '../../inputs/read-state-inputs.ts';
import { isFingerprint } from '../../job-state/state-fingerprint.ts';
import type { InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

/** What is compared with the state: a fingerprint, a plan in its vault, or the plans of all open pull requests. */
export type CheckSubject =
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  | { readonly kind: 'plan'; readonly reference: string }
  | {
      readonly kind: 'pull_requests';
      /** Of the commit statuses. */
      readonly context: string;
      readonly apiUrl: string;
      readonly token: string;
    };

/** The inputs of the check action. */
export interface CheckInputs extends StateInputs {
  readonly subject: CheckSubject;
}

const LONGEST_NAME = 100;
const ONE_OF = 'give one of plan (a plan_id) and fingerprint, both outputs of the plan job';
const LOST =
  'An empty one was lost: its job did not set it, or GitHub dropped it because it contains masked text';

/** Reads the check action's inputs and changes nothing. Errors: InputError with every problem. */
export function readCheckInputs(sources: InputSources): CheckInputs {
  return readStateInputs(sources, (reader, { settings }) => {
    const mode = reader.choice('mode', ['plan', 'pull-requests']) ?? 'plan';
    const subject =
      mode === 'plan'
        ? readPlanSubject(reader)
        : readPullRequests(reader, sources.job, settings.address.objectKey);
    // Comparing a fingerprint does not need the vault.
    const use = subject?.kind === 'fingerprint' ? 'outputs' : 'check';
    return { own: subject && { subject }, use };
  });
}

function readPlanSubject(reader: InputReader): CheckSubject | undefined {
  const fingerprint = reader.text('fingerprint');
  const reference = reader.text('plan');
  const name = reader.text('status_name');
  if (name !== undefined) reader.reject('status_name', name, 'only mode: pull-requests sets a status');
  if (fingerprint !== undefined && reference !== undefined) reader.reject('plan', reference, ONE_OF);
  if (fingerprint === undefined && reference === undefined) {
    reader.reject('fingerprint', undefined, `${ONE_OF}. ${LOST}`);
  }
  if (fingerprint !== undefined && !isFingerprint(fingerprint)) {
    reader.reject('fingerprint', fingerprint, 'pass the fingerprint output of the plan job unchanged');
  }
  if (reference !== undefined && !isPlanReference(reference)) {
    reader.reject('plan', reference, NOT_A_PLAN);
  }
  if (reference !== undefined) return { kind: 'plan', reference };
  return fingerprint === undefined ? undefined : { kind: 'fingerprint', fingerprint };
}

function readPullRequests(reader: InputReader, { repository }: Job, objectKey: string): CheckSubject {
  for (const input of ['fingerprint', 'plan']) {
    const value = reader.text(input);
    const fix = 'mode: pull-requests finds the plans of all open pull requests itself: remove one of the two';
    if (value !== undefined) reader.reject(input, value, fix);
  }
  const token = reader.text('github_token');
  if (token === undefined) {
    const fix = 'mode: pull-requests needs a token with pull-requests: read and statuses: write';
    reader.reject('github_token', undefined, fix);
  }
  if (!repository.includes('/'))
    reader.reject('mode', 'pull-requests', 'it works only in a job of GitHub Actions');
  const given = reader.text('status_name');
  const name = given ?? objectKey;
  if (name.length > LONGEST_NAME || /[\r\n]/.test(name)) {
    reader.reject('status_name', given, `name the status in at most ${LONGEST_NAME} characters, on one line`);
  }
  const apiUrl = reader.environment('GITHUB_API_URL') ?? 'https://api.github.com';
  return { kind: 'pull_requests', context: `terraform-s3-state/${name}`, apiUrl, token: token ?? '' };
}
