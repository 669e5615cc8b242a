import { type Action, runAction } from '../../action/run-action.ts';
import type { Backend } from '../../backend/settings.ts';
import type { LockFileTrail } from '../../backend/survey/lock-file-trail.ts';
import { mapAtOnce } from '../../backend/survey/map-at-once.ts';
import { readTrails } from '../../backend/survey/read-trails.ts';
import { type SurveyedState, surveyStates } from '../../backend/survey/survey-states.ts';
import { withBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { nameRange } from '../../messages/locks-text.ts';
import {
  explainNoStates,
  type MigrationRow,
  type MigrationStatus,
  migrationLine,
  moreStatesText,
} from '../../messages/migration-text.ts';
import type { Job } from '../../runner/job.ts';
import { matchesGlob } from '../../text/glob.ts';
import { assessState, decideDual, decideFinish, type QuietTime } from './assess-state.ts';
import { finishState } from './finish-state.ts';
import { type LookUpDepth, lookUpState, needsVersions } from './look-up-state.ts';
import { type MigrateInputs, readMigrateInputs } from './migrate-inputs.ts';
import { MigrateRefused } from './refusal.ts';
import { describeEnd, describeMigrateFailure, type MigrateEnd } from './report-migrate.ts';

/** The most states that are assessed. */
const MOST_STATES = 20_000;
const LOOKS_AT_ONCE = 16;
/** The states whose versions are in memory at once. */
const STATES_AT_ONCE = 4_000;
/** Each takes two locks, and an interrupted step must free all of them in time. */
const FINISHES_AT_ONCE = 8;
/** The most states in the log, one per line. */
const MOST_LINES = 500;

/**
 * The migrate action: reports how the states below a prefix are locked, proves that their holders take both locks, or
 * removes their items from the table. Errors are thrown, for the entry to explain.
 */
export function migrate(deps: Dependencies): Promise<void> {
  return runAction(deps, MIGRATE);
}

const MIGRATE: Action<Dependencies, MigrateInputs, MigrateEnd> = {
  secretInputs: ['github_token'],
  readInputs: (deps, job) => readActionInputs(deps, job, readMigrateInputs),
  work: async (deps, inputs, job) => {
    return await withBackend(deps, inputs.backend, async (connected) => {
      await connected.aws.signIn();
      const backend = { ...connected, table: inputs.backend.table };
      return await moveStates(deps, backend, inputs, job);
    });
  },
  describeEnd,
  describeFailure: describeMigrateFailure,
};

/** A backend with the table to empty. */
type TableBackend = Backend & { readonly table: string };

async function moveStates(
  deps: Dependencies,
  backend: TableBackend,
  inputs: MigrateInputs,
  job: Job,
): Promise<MigrateEnd> {
  const { prefix, command } = inputs;
  const range = { bucket: backend.address.bucket, prefix, table: backend.table };
  const where = nameRange(range);
  const survey = await surveyStates(backend, { prefix, table: backend.table, mostStates: MOST_STATES });
  const { states, moreStates } = survey;
  if (states.length === 0 && command.kind !== 'finish') {
    throw new MigrateRefused('no_state_found', explainNoStates(where));
  }
  const assessed = await assessStates(deps, backend, inputs, states);
  const rows =
    command.kind === 'finish' ? await finishStates(deps, backend, job, assessed, inputs.proof) : assessed;
  const pages = { githubServer: job.serverUrl };
  const now = backend.aws.storeNow();
  const shown = rows.filter(({ status }) => status.kind !== 'done').slice(0, MOST_LINES);
  for (const row of shown) deps.runner.info(migrationLine(row, range, pages, now));
  if (moreStates > 0) deps.runner.warning(moreStatesText(states.length, moreStates));
  return { range, page: { command: command.kind, where, rows, moreStates, pages, now } };
}

/** A state with its assessment. */
interface AssessedState extends MigrationRow {
  readonly state: SurveyedState;
}

async function assessStates(
  deps: Pick<Dependencies, 'signal'>,
  backend: TableBackend,
  { command, prefix, quietForMs }: MigrateInputs,
  states: readonly SurveyedState[],
): Promise<AssessedState[]> {
  const quiet = { quietForMs, now: backend.aws.storeNow() };
  const depth = findDepth(command, quiet);
  const assess = async (state: SurveyedState, trail: LockFileTrail | undefined): Promise<AssessedState> => {
    deps.signal.throwIfAborted();
    const finding = assessState(await lookUpState({ backend, state, depth, trail }));
    const status =
      command.kind === 'finish'
        ? decideFinish(finding, quiet, isAllowed(command.allowUnknown, state))
        : decideDual(finding, quiet);
    return { state, finding, status };
  };
  const assessed: AssessedState[] = [];
  for (let from = 0; from < states.length; from += STATES_AT_ONCE) {
    const some = states.slice(from, from + STATES_AT_ONCE);
    const open = some.filter((state) => needsVersions(state, depth));
    const trails = await readTrails(
      backend,
      prefix,
      open.map(({ objectKey }) => objectKey),
    );
    const ends = await mapAtOnce(some, LOOKS_AT_ONCE, (state) => assess(state, trails.get(state.objectKey)));
    for (const end of ends) assessed.push(end);
  }
  return assessed;
}

/** `finish` needs no closer look at a state that nobody wrote during the quiet time. */
function findDepth(command: MigrateInputs['command'], { now, quietForMs }: QuietTime): LookUpDepth {
  if (command.kind === 'report' && command.depth === 'quick') return { kind: 'quick' };
  return { kind: 'full', since: command.kind === 'finish' ? now - quietForMs : 0 };
}

function isAllowed(globs: readonly string[], { objectKey }: SurveyedState): boolean {
  return globs.some((glob) => matchesGlob(glob, objectKey));
}

/**
 * Starts no further state after the first failure, because whatever refused one call will refuse all. The next run
 * continues from there.
 */
async function finishStates(
  deps: Dependencies,
  backend: TableBackend,
  job: Job,
  assessed: readonly AssessedState[],
  proof: MigrateInputs['proof'],
): Promise<MigrationRow[]> {
  let isStopped = false;
  return await mapAtOnce(assessed, FINISHES_AT_ONCE, async (row): Promise<MigrationRow> => {
    if (row.status.kind !== 'ready' || isStopped) return row;
    deps.signal.throwIfAborted();
    const status = await finishState(deps, backend, job, row.state, proof).catch((error): MigrationStatus => {
      if (deps.signal.aborted) throw error;
      isStopped = true;
      return { kind: 'failed', error };
    });
    return { finding: row.finding, status };
  });
}
