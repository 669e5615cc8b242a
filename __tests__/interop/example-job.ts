import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { readActionMetadata } from '../support/action-metadata.ts';
import type { Job, JobOptions, RunningStage, StageResult } from '../support/runner.ts';
import { writeConfig } from '../support/terraform.ts';
import { QUIET } from './gated-apply.ts';
import type { SharedState } from './shared-state.ts';

const ROOT = join(import.meta.dirname, '../..');
const OURS = /^OWNER\/terraform-s3-state(?:\/(\w+))?@v1$/;
/** Actions of GitHub or AWS whose effect is already here: the checkout is `files`. */
const OTHERS = /^(?:actions\/checkout|hashicorp\/setup-terraform|aws-actions\/configure-aws-credentials)@/;

const Value = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
const Values = v.optional(v.record(v.string(), Value), {});
const Step = v.object({
  id: v.optional(v.string()),
  if: v.optional(v.string(), ''),
  uses: v.optional(v.string(), ''),
  run: v.optional(v.string(), ''),
  with: Values,
  env: Values,
  'working-directory': v.optional(v.string(), '.'),
});
const Workflow = v.object({
  env: Values,
  jobs: v.record(v.string(), v.object({ outputs: Values, steps: v.array(Step) })),
});
type GivenStep = v.InferOutput<typeof Step>;

/** What a job of an example gets beyond the example itself. */
export interface ExampleOptions extends JobOptions {
  /** The checkout: contents by path. */
  readonly files?: Record<string, string>;
  /** Outputs of the jobs in its `needs`, by job. */
  readonly needs?: Record<string, Record<string, string>>;
  /** How the jobs in its `needs` ended, by job, where that is not `success`. */
  readonly results?: Record<string, string>;
  /** The job's values of its `matrix`. */
  readonly matrix?: Record<string, string>;
  /** The inputs of `workflow_dispatch`. */
  readonly dispatch?: Record<string, string>;
  /** The repository's variables. */
  readonly variables?: Record<string, string>;
  /** The event's own JSON. */
  readonly event?: unknown;
  /** Programs that the job's machine has, as shell scripts, by name. */
  readonly programs?: Record<string, string>;
  /** Inputs of our steps in place of those in the example. */
  readonly inputs?: Record<string, string>;
}

/** A job of a workflow in `examples/`, step by step, with our bucket and table in place of its own. */
export interface ExampleJob {
  readonly job: Job;
  /**
   * Runs the remaining steps up to the first that fails or whose script contains this text, which is not run.
   * Returns the last result.
   */
  run(until?: string): Promise<StageResult>;
  /** Starts the next step, which is a script. */
  start(): Promise<RunningStage>;
  /** Post of our step; the job's outputs. */
  end(): Promise<{ readonly post: StageResult; readonly outputs: Record<string, string> }>;
}

/** Opens a job of an example on a state; its steps have not begun. */
export async function openExample(
  state: SharedState,
  example: string,
  jobName: string,
  options: ExampleOptions = {},
): Promise<ExampleJob> {
  const { jobs, env } = v.parse(Workflow, parse(readFileSync(join(ROOT, 'examples', example), 'utf8')));
  const found = jobs[jobName];
  if (found === undefined) throw new Error(`${example} has no job ${jobName}`);
  const { files = {}, needs = {}, results = {}, matrix = {} } = options;
  const { dispatch = {}, variables = {}, programs = {}, event = {} } = options;
  const job = await state.job({ jobName, ...options, env: { ...QUIET, ...env } });
  await writeConfig(job.workspace, files);
  await writeFile(job.folders.event, JSON.stringify(event));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(job.folders.programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const stepOutputs: Record<string, Record<string, string>> = {};
  const contexts = { env, needs, results, matrix, dispatch, variables, stepOutputs };
  const evaluate = (text: string): string => resolveAll(text, contexts);
  const all = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(given).map(([name, text]) => [name, evaluate(text)]));
  const left = [...found.steps];
  const ours = found.steps.find(({ uses }) => OURS.test(uses));

  const start = async (): Promise<RunningStage> => {
    const step = left.shift();
    if (step === undefined) throw new Error(`${example} has no further step`);
    if (step.run !== '') {
      const how = { cwd: step['working-directory'], env: all(step.env) };
      return await job.startStep('bash', ['-e', '-c', evaluate(step.run)], how);
    }
    const given = chooseInputs(step, state, all(step.with));
    return await job.start('main', {
      actionDir: findActionFolder(step),
      with: { ...given, ...options.inputs },
    });
  };
  const isSkipped = (step: GivenStep): boolean =>
    OTHERS.test(step.uses) || (step.if !== '' && evaluate(`\${{ ${step.if} }}`) !== 'true');
  const isLeft = (until: string | undefined): boolean => {
    while (left[0] !== undefined && isSkipped(left[0])) left.shift();
    return left[0] !== undefined && (until === undefined || !left[0].run.includes(until));
  };
  const run = async (until?: string): Promise<StageResult> => {
    let last: StageResult | undefined;
    while (isLeft(until) && (last === undefined || last.exitCode === 0)) {
      const id = left[0]?.id ?? '';
      last = await (await start()).done;
      stepOutputs[id] = last.outputs;
    }
    if (last === undefined) throw new Error(`${example} has no step to run`);
    return last;
  };
  const end = async () => {
    if (ours === undefined) throw new Error(`${example} uses no action of ours`);
    const post = await job.run('post', { actionDir: findActionFolder(ours), omitInputs: true });
    return { post, outputs: all(found.outputs) };
  };
  return { job, run, start, end };
}

function findActionFolder({ uses }: GivenStep): string {
  const [whole, folder = '.'] = OURS.exec(uses) ?? [];
  if (whole === undefined) throw new Error(`no meaning for ${uses}`);
  return join(ROOT, folder);
}

/** The example's inputs with our bucket, table and endpoints, and the environment's keys in place of the role. */
function chooseInputs(
  step: GivenStep,
  { inputs: place }: SharedState,
  given: Record<string, string>,
): Record<string, string> {
  const { inputs: declared } = readActionMetadata(findActionFolder(step));
  const { role_arn: _, ...kept } = given;
  const { key: _key, workspace: _workspace, ...where } = place;
  const known = Object.entries(where).filter(([name]) => declared.has(name));
  return { ...kept, ...Object.fromEntries(known) };
}

interface Contexts {
  readonly env: Record<string, string>;
  readonly needs: Record<string, Record<string, string>>;
  readonly results: Record<string, string>;
  readonly matrix: Record<string, string>;
  readonly dispatch: Record<string, string>;
  readonly variables: Record<string, string>;
  readonly stepOutputs: Record<string, Record<string, string>>;
}

/**
 * Evaluates the expressions of a text: names of values, perhaps with a default (`|| 'text'`) or compared with a text (`== 'text'`), nothing
 * else. An unknown name without a default is an error, not an empty text.
 */
function resolveAll(text: string, contexts: Contexts): string {
  const expression = /\$\{\{ (.*?)(?: (\|\||==) '([^']*)')? \}\}/g;
  return text.replaceAll(expression, (_, name: string, operator?: string, operand?: string) => {
    const value = resolve(name.split('.'), contexts);
    const known = value ?? (operator === '||' ? operand : undefined);
    if (known === undefined) throw new Error(`nothing is called ${name}`);
    return operator === '==' ? String(known === operand) : known;
  });
}

function resolve(
  [context, name = '', part = '', output = '']: readonly string[],
  of: Contexts,
): string | undefined {
  switch (context) {
    case 'env':
      return of.env[name];
    case 'needs':
      return part === 'result' ? (of.results[name] ?? 'success') : of.needs[name]?.[output];
    case 'matrix':
      return of.matrix[name];
    case 'inputs':
      return of.dispatch[name];
    case 'vars':
      return of.variables[name];
    case 'steps':
      return of.stepOutputs[name]?.[output];
    case 'secrets':
    case 'github':
      return 'given-by-github';
    default:
      return undefined;
  }
}
