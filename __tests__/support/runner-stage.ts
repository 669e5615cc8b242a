import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Annotation, LogGroup, StepLog } from './runner-commands.ts';
import { CommandFileError, lastWins, parseCommandFile, parsePathFile } from './runner-files.ts';
import type { Masks } from './runner-masks.ts';
import type { ProcessEnd, RunnerProcess } from './runner-process.ts';

/** The outcome of one stage of an action, or of one `run:` step. */
export interface StageResult {
  /** 128 + signal number when a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  /** The log as a user sees it: masked, one line per line, groups as `##[group]`. */
  readonly log: string;
  readonly rawStdout: string;
  readonly rawStderr: string;
  readonly annotations: readonly Annotation[];
  readonly groups: readonly LogGroup[];
  /** Step outputs, unmasked, as later steps get them. */
  readonly outputs: Record<string, string>;
  /** What this stage saved. */
  readonly state: Record<string, string>;
  /** What it wrote to GITHUB_ENV, and to GITHUB_PATH in the order it will stand in PATH. */
  readonly exportedEnv: Record<string, string>;
  readonly exportedPath: readonly string[];
  /** Masked Markdown of the step's summary. */
  readonly summary: string;
  /** The same as it was written, before the runner masks it. */
  readonly rawSummary: string;
  /** Every value masked so far in the job. */
  readonly masks: readonly string[];
  /** Why a command file was refused; the step then failed. */
  readonly fileCommandError: string | undefined;
}

/** A stage under way. */
export interface RunningStage extends Omit<RunnerProcess, 'end'> {
  /** Resolves when the process has ended and its command files are read. */
  readonly done: Promise<StageResult>;
}

/** The five command files of one stage, by their variable. */
export type StageFiles = Record<(typeof FILES)[number][0], string>;

const FILES = [
  ['GITHUB_OUTPUT', 'set_output'],
  ['GITHUB_STATE', 'save_state'],
  ['GITHUB_ENV', 'set_env'],
  ['GITHUB_PATH', 'add_path'],
  ['GITHUB_STEP_SUMMARY', 'step_summary'],
] as const;
const SUMMARY_LIMIT = 1024 * 1024;

/** Makes the empty command files of a stage below RUNNER_TEMP (docs/runner.md#file-commands). */
export async function createStageFiles(temp: string): Promise<StageFiles> {
  const dir = join(temp, '_runner_file_commands');
  await mkdir(dir, { recursive: true });
  const files: StageFiles = {
    GITHUB_OUTPUT: '',
    GITHUB_STATE: '',
    GITHUB_ENV: '',
    GITHUB_PATH: '',
    GITHUB_STEP_SUMMARY: '',
  };
  for (const [variable, prefix] of FILES) {
    files[variable] = join(dir, `${prefix}_${randomUUID()}`);
    writeFileSync(files[variable], '');
  }
  return files;
}

/** What `concludeStage` reads. */
export interface EndedStage {
  readonly process: Pick<RunnerProcess, 'rawStdout' | 'rawStderr'>;
  readonly end: ProcessEnd;
  readonly log: StepLog;
  readonly masks: Masks;
  readonly files: StageFiles;
  /** A `run:` step, whose exit code the runner reports itself; an action must say why it fails. */
  readonly isScript: boolean;
  /** Reads the files as if every line ended in CRLF on Windows. */
  readonly windowsLineEnds: boolean;
}

/** Reads and removes the command files, however the stage ended, and concludes as the runner does. */
export function concludeStage(stage: EndedStage): StageResult {
  const { end, log, masks, process } = stage;
  const windows = stage.windowsLineEnds;
  const errors: string[] = [];
  const read = (variable: keyof StageFiles) => {
    const text = readAndRemove(stage.files[variable]);
    return windows ? text.replace(/\r?\n/g, '\r\n') : text;
  };
  const pairs = (variable: keyof StageFiles, what: string): [string, string][] => {
    try {
      return parseCommandFile(read(variable), { windows });
    } catch (error) {
      if (!(error instanceof CommandFileError)) throw error;
      log.annotate('error', `Unable to process file command '${what}' successfully.`);
      log.annotate('error', error.message);
      errors.push(`${what}: ${error.message}`);
      return [];
    }
  };
  const outputs = lastWins([...log.oldOutputs, ...pairs('GITHUB_OUTPUT', 'output')]);
  const state = lastWins([...log.oldState, ...pairs('GITHUB_STATE', 'state')]);
  const exportedEnv = allowedEnv(Object.fromEntries(pairs('GITHUB_ENV', 'env')), log);
  const exportedPath = parsePathFile(read('GITHUB_PATH'), { windows });
  const rawSummary = read('GITHUB_STEP_SUMMARY');
  const summary = renderSummary(rawSummary, log, masks);
  const failed = end.exitCode !== 0 || errors.length > 0 || log.refused;
  if (stage.isScript && end.exitCode !== 0 && !end.cancelled) {
    log.annotate('error', `Process completed with exit code ${end.exitCode}.`);
  }
  return {
    exitCode: end.exitCode,
    signal: end.signal,
    conclusion: end.cancelled ? 'cancelled' : failed ? 'failure' : 'success',
    log: log.lines.join('\n'),
    annotations: log.annotations,
    groups: log.groups,
    rawStdout: process.rawStdout(),
    rawStderr: process.rawStderr(),
    outputs,
    state,
    exportedEnv,
    exportedPath,
    summary,
    rawSummary,
    masks: masks.list(),
    fileCommandError: errors[0],
  };
}

function readAndRemove(file: string): string {
  if (!existsSync(file)) return '';
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  return text;
}

function allowedEnv({ NODE_OPTIONS, ...env }: Record<string, string>, log: StepLog): Record<string, string> {
  if (NODE_OPTIONS !== undefined) {
    log.annotate('error', "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  }
  return env;
}

function renderSummary(text: string, log: StepLog, masks: Masks): string {
  if (Buffer.byteLength(text) <= SUMMARY_LIMIT) return text.split('\n').map(masks.apply).join('\n');
  log.annotate('error', '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k.');
  return '';
}
