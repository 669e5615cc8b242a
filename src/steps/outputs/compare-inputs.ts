import { resolve } from 'node:path';
import type { VersionsAccess } from '../../backend/policy/uses.ts';
import { isVersionId } from '../../inputs/version-id.ts';
import { isFingerprint } from '../../job-state/state-fingerprint.ts';
import type { InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { locateInCheckout } from '../../workspace-files/checkout-path.ts';
import type { ListedBy } from './listed-states.ts';

/** The earlier or other outputs to compare with those of the states. */
export type CompareWith =
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'workspace'; readonly workspace: string }
  /** `path` is absolute. */
  | { readonly kind: 'file'; readonly path: string };

const FIX =
  'write fingerprint:HASH, version:VERSION_ID, workspace:NAME or file:PATH, the outputs_file (.json) of an earlier run';
const FORM = /^(fingerprint|version|workspace|file):(.*)$/s;

/** Reads `compare_with`. Problems go to the reader; those of a workspace's name come later. */
export function readCompareWith(
  reader: InputReader,
  job: Job,
  source: 'state' | 'published',
  listedBy: ListedBy | undefined,
): CompareWith | undefined {
  const given = reader.text('compare_with');
  if (given === undefined) return undefined;
  const [, kind = '', rest = ''] = FORM.exec(given) ?? [];
  const value = rest.trim();
  const problem = value === '' ? FIX : findProblem(job, kind, value);
  if (problem !== undefined) {
    reader.reject('compare_with', given, problem);
    return undefined;
  }
  if (kind === 'workspace') return { kind, workspace: value };
  if (kind === 'file') return { kind, path: resolve(job.workspace, value) };
  if (listedBy !== undefined)
    reader.reject(
      'compare_with',
      given,
      `it belongs to one state: compare ${listedBy} with a workspace or a file`,
    );
  if (source === 'published')
    reader.reject(
      'compare_with',
      given,
      'published outputs can be compared only with those of a workspace, or with a file',
    );
  return kind === 'version' ? { kind, versionId: value } : { kind: 'fingerprint', fingerprint: value };
}

function findProblem(job: Job, kind: string, value: string): string | undefined {
  if (kind === 'fingerprint') {
    return isFingerprint(value)
      ? undefined
      : 'give the fingerprint output of a main step: 64 hex digits, or no-state';
  }
  if (kind === 'version') {
    return isVersionId(value) ? undefined : 'this is not a version id of S3';
  }
  if (kind !== 'file') return undefined;
  const found = locateInCheckout(job.workspace, resolve(job.workspace, value));
  if (found.kind !== 'leads out') return undefined;
  return `a link in it leads out of the checkout, to ${found.to}: name that file itself`;
}

/** Which versions of the state the comparison has to read. Pure. */
export function versionsFor(compare: CompareWith | undefined): VersionsAccess | undefined {
  if (compare?.kind === 'version') return 'named';
  return compare?.kind === 'fingerprint' && compare.fingerprint !== 'no-state' ? 'listed' : undefined;
}
