import { resolve } from 'node:path';
import type { FoundModule } from '../../job-state/saved-state.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  type InputProblem,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { quoteShortly } from '../../text/quote.ts';
import { locateInCheckout } from '../../workspace-files/checkout-path.ts';
import { selectedBeforeUs } from '../../workspace-files/working-directory.ts';
import { findDataDirectory, isSelected, selectionPath } from '../../workspace-files/workspace-selection.ts';

/** The result of a module's checks. */
export interface ModuleFindings {
  readonly module: FoundModule;
  /** Why the job's Terraform would work in another workspace than the requested one. */
  readonly problems: readonly InputProblem[];
}

/** Inspects the module that `working_directory` names, and the settings of its Terraform. Changes nothing. */
export async function findModule(env: Environment, job: Job): Promise<ModuleFindings | undefined> {
  const reader = createInputReader(env);
  const given = reader.text('working_directory');
  if (given === undefined) return undefined;
  const directory = resolve(job.workspace, given);
  const dataDirectory = findDataDirectory(directory, env);
  // What can't be read is reported together with all other problems.
  const isOurs = locateInCheckout(job.workspace, dataDirectory).kind !== 'leads out';
  const selectedBefore = isOurs ? await readSelection(directory, dataDirectory) : undefined;
  const module = { directory, dataDirectory, selectedBefore };
  const fix = whyOther(reader.text('workspace'), reader.environment('TF_WORKSPACE'), module);
  const problems = fix === undefined ? [] : [{ input: 'workspace', value: reader.text('workspace'), fix }];
  return { module, problems };
}

async function readSelection(directory: string, dataDirectory: string): Promise<string | undefined> {
  try {
    return await selectedBeforeUs(directory, dataDirectory);
  } catch {
    return undefined;
  }
}

/**
 * If no input and no TF_WORKSPACE names a workspace, the one selected in the module is used, as by its Terraform. Pure.
 */
export function withSelection(
  env: Environment,
  given: GivenSettings,
  module: FoundModule | undefined,
): GivenSettings {
  const reader = createInputReader(env);
  const isNamed = (reader.text('workspace') ?? reader.environment('TF_WORKSPACE')) !== undefined;
  const text = module?.selectedBefore;
  if (isNamed || module === undefined || text === undefined) return given;
  const from = selectionPath(module.dataDirectory);
  return { ...given, settings: new Map(given.settings).set('workspace', { text, from, isQuotable: true }) };
}

/** Pure. */
export function whyOther(
  asked: string | undefined,
  variable: string | undefined,
  { directory, selectedBefore }: FoundModule,
): string | undefined {
  if (asked === undefined || variable === asked) return undefined;
  if (variable !== undefined) {
    return `TF_WORKSPACE is ${variable}, and Terraform in later steps obeys it: remove one of them, or make them the same`;
  }
  if (selectedBefore === undefined || isSelected(selectedBefore, asked)) return undefined;
  return `${directory} has the workspace ${quoteShortly(selectedBefore)} selected, which may be the one that the job needs: remove the input, or run terraform workspace select ${asked} before this step`;
}
