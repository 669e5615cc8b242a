import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serializeResourceIndex } from '../statefile/resource-index.ts';
import type { Dependencies } from './dependencies.ts';
import type { JobState } from './pull-for-job.ts';
import { type PulledFacts, type Session, STATE_KEYS, serializeState } from './saved-state.ts';
import { prepareWorkingDirectory } from './working-directory.ts';

/** The outputs of the main action; `action.yml` declares the same (a test compares them). */
export const HOLD_OUTPUTS = [
  'state_path',
  'state_exists',
  'workspace',
  'serial',
  'lineage',
  'terraform_version',
  'digest',
  'fingerprint',
  'version_id',
  'lock_id',
] as const;

type HoldOutputs = Readonly<Record<(typeof HOLD_OUTPUTS)[number], string>>;

/** Names the file beside the pulled state that remembers its resources, for the summary that post writes. */
export const BASELINE_FILE = 'resources.json';

/** Gives the pulled state to the job: saved facts for post, the working directory, the outputs. */
export async function handOver(
  { runner, env }: Dependencies,
  session: Session,
  pulled: JobState,
  statePath: string,
): Promise<void> {
  const { privateDirectory, workingDirectory, backend } = session;
  await writeFile(join(privateDirectory, BASELINE_FILE), serializeResourceIndex(baseline(pulled)), {
    mode: 0o600,
  });
  runner.saveState(STATE_KEYS.pulled, serializeState(pulledFacts(pulled)));
  if (workingDirectory !== undefined) {
    const { workspace } = backend.address;
    const { notices } = await prepareWorkingDirectory({ workingDirectory, privateDirectory, workspace, env });
    for (const notice of notices) runner.notice(notice);
    runner.exportVariable('TF_WORKSPACE', workspace);
    runner.info(
      `Terraform in ${workingDirectory} uses the pulled state, in workspace ${workspace}, until this job ends.`,
    );
  }
  for (const [name, value] of Object.entries(outputs(session, pulled, statePath))) runner.output(name, value);
}

function baseline({ state }: JobState) {
  return state === undefined ? new Map<string, string>() : state.resources;
}

function pulledFacts({ state, storedDigest }: JobState): PulledFacts {
  if (state === undefined) return { state: undefined, storedDigest };
  const { object, header } = state;
  const { serial, lineage } = header;
  return { state: { md5: object.facts.md5, etag: object.etag, serial, lineage }, storedDigest };
}

function outputs(session: Session, { state, fingerprint }: JobState, statePath: string): HoldOutputs {
  return {
    state_path: statePath,
    state_exists: String(state !== undefined),
    workspace: session.backend.address.workspace,
    serial: state?.header.serial.toString() ?? '',
    lineage: state?.header.lineage ?? '',
    terraform_version: state?.header.terraformVersion ?? '',
    digest: state?.object.facts.md5 ?? '',
    fingerprint,
    version_id: state?.object.versionId ?? '',
    lock_id: session.lock?.id ?? '',
  };
}
