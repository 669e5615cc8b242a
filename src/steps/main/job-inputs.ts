import type { WorkspacePaths } from '../../backend/state/list-workspaces.ts';
import { readLocation } from '../../inputs/backend-inputs.ts';
import { type HoldInputs, readHoldInputs } from '../../inputs/hold-inputs.ts';
import { InputError } from '../../inputs/input-error.ts';
import { readActionSettings } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { FoundModule } from '../../job-state/saved-state.ts';
import { createInputReader, type InputProblem } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import type { PlanCheck, PlannedChange } from '../../statefile/plan-changes.ts';
import { escapeProblem } from '../../workspace-files/access-problems.ts';
import { stateDirectoryProblem } from '../../workspace-files/claim-state-directory.ts';
import { planPathProblem } from '../../workspace-files/plan-file.ts';
import { readPlanJson } from '../../workspace-files/read-plan-json.ts';
import { stateDirectoryFor } from '../../workspace-files/state-directory.ts';
import { checkWorkingDirectory } from '../../workspace-files/working-directory.ts';
import { findModule, type ModuleFindings, withSelection } from './find-module.ts';

/** The inputs, and the files that they name and main needs before the lock. */
export interface JobInputs extends HoldInputs {
  /** What the job's plan does, if a gate needs it. */
  readonly planned: readonly PlannedChange[] | undefined;
  /** Undefined when no module decides about the workspace. */
  readonly module: FoundModule | undefined;
  /** Where the states of other workspaces are. */
  readonly paths: WorkspacePaths;
}

/** Reads the inputs, and checks what only the disk can show. Errors: InputError with every problem, before any call. */
export async function readJobInputs(
  deps: Pick<Dependencies, 'env' | 'runner'>,
  job: Job,
): Promise<JobInputs> {
  const findings = await findModule(deps.env, job);
  const { given, region } = await readActionSettings(deps, job, (settings) =>
    withSelection(deps.env, settings, findings?.module),
  );
  const { inputs, problems } = readHoldInputs({ env: deps.env, job, profileRegion: region, given });
  const plan = await readPlan(inputs);
  const planProblems = plan?.kind === 'invalid' ? [planProblem(inputs.planJson, plan.detail)] : [];
  const onDisk = [...(await problemsOnDisk(job, inputs, findings)), ...planProblems];
  const news = onDisk.filter(({ fix }) => problems.every((problem) => problem.fix !== fix));
  if (problems.length + news.length > 0) throw new InputError([...problems, ...news]);
  const { key, workspaceKeyPrefix } = readLocation(createInputReader(deps.env, given));
  const planned = plan?.kind === 'plan' ? plan.changes : undefined;
  return { ...inputs, planned, module: findings?.module, paths: { key, workspaceKeyPrefix } };
}

/** The plan that a gate checks; undefined when none does. */
async function readPlan({ gates, planJson }: HoldInputs): Promise<PlanCheck | undefined> {
  return gates.destroy === undefined || planJson === undefined ? undefined : await readPlanJson(planJson);
}

function planProblem(value: string | undefined, detail: string): InputProblem {
  const fix = `${detail}. Create it before this step with "terraform show -json PLAN"`;
  return { input: 'plan_json', value, fix };
}

async function problemsOnDisk(
  { workspace: workspaceRoot }: Job,
  { workingDirectory, pull, backend, planToApply }: HoldInputs,
  findings: ModuleFindings | undefined,
): Promise<readonly InputProblem[]> {
  const problems = [...(findings?.problems ?? [])];
  const name = (fix: string): InputProblem => ({
    input: 'working_directory',
    value: workingDirectory ?? findings?.module.directory,
    fix,
  });
  if (findings !== undefined) {
    const { directory, dataDirectory } = findings.module;
    const module = { directory, dataDirectory, workspaceRoot };
    const found =
      workingDirectory === undefined ? [escapeProblem(module)] : await checkWorkingDirectory(module);
    problems.push(...found.filter((fix) => fix !== undefined).map(name));
  }
  const atPath = planToApply?.path && (await planPathProblem(planToApply.path, workspaceRoot));
  if (atPath) problems.push({ input: 'plan_path', value: planToApply.path, fix: atPath });
  const inTheWay = pull ? await stateDirectoryProblem(stateDirectoryFor(backend)) : undefined;
  if (inTheWay !== undefined) problems.push(name(inTheWay));
  return problems;
}
