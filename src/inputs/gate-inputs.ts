import { resolve } from 'node:path';
import { isFingerprint } from '../job-state/state-fingerprint.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { parseSerial } from '../statefile/header.ts';
import { parseTexts } from './list-inputs.ts';
import type { LockModeInputs } from './lock-mode-inputs.ts';
import type { PlanInputs } from './plan-inputs.ts';

/** Which resources a plan must not destroy: those that match a glob in `forbidden` and none in `allowed`. */
export interface DestroyGate {
  readonly forbidden: readonly string[];
  readonly allowed: readonly string[];
}

/** Conditions for the job's steps to run. Undefined means no condition. */
export interface Gates {
  readonly fingerprint: string | undefined;
  readonly serial: bigint | undefined;
  readonly lineage: string | undefined;
  readonly requiresState: true | undefined;
  /** The job must not begin the state of a workspace that does not exist. */
  readonly refusesNewWorkspace: true | undefined;
  readonly destroy: DestroyGate | undefined;
}

/** The gates, and the plan that they check. */
export interface GateInputs {
  readonly gates: Gates;
  /** Absolute path of the plan as JSON. */
  readonly planJson: string | undefined;
}

/** Each gate, with its default in action.yml: the value that means no condition. */
export const GATE_DEFAULTS = {
  expect_fingerprint: 'any',
  expect_serial: 'any',
  expect_lineage: 'any',
  require_existing_state: 'false',
  create_workspace: 'true',
  forbid_destroy: 'false',
} as const;

type GateName = keyof typeof GATE_DEFAULTS;

/** The gates that mean the same for each of several states. Every other gate is about one state: `states` refuses it. */
export const GATES_OF_EACH_STATE: readonly string[] = [
  'require_existing_state',
  'create_workspace',
] satisfies readonly GateName[];

const ALL = ['*'];

/** Reads every gate. Without a pull there is no state to check, and no gate makes sense. */
export function readGates(
  reader: InputReader,
  job: Job,
  mode: LockModeInputs,
  { planToStore, planToApply }: PlanInputs,
): GateInputs {
  const gates: Gates = {
    fingerprint: readFingerprint(reader, mode),
    serial: readSerial(reader, mode),
    lineage: readGate(reader, 'expect_lineage', mode),
    requiresState: readSwitchGate(reader, 'require_existing_state', mode),
    refusesNewWorkspace: readSwitchGate(reader, 'create_workspace', mode),
    destroy: readDestroyGate(reader, mode),
  };
  const planJson = reader.text('plan_json');
  if (gates.destroy !== undefined && planToStore !== undefined) {
    const fix =
      'the plan of plan_file is made after this step: set forbid_destroy in the job that applies the plan (plan), where its record says what it destroys';
    reader.reject('forbid_destroy', reader.text('forbid_destroy'), fix);
  } else if (gates.destroy !== undefined && planJson === undefined && planToApply === undefined) {
    const fix =
      'it needs a plan to check: give plan, or plan_json, a file with the output of "terraform show -json PLAN"';
    reader.reject('forbid_destroy', reader.text('forbid_destroy'), fix);
  }
  return { gates, planJson: planJson === undefined ? undefined : resolve(job.workspace, planJson) };
}

/** The text of a gate; undefined without one, and when nothing could be checked. */
function readGate(
  reader: InputReader,
  name: GateName,
  { lockMode, pull }: LockModeInputs,
): string | undefined {
  const value = reader.gate(name, GATE_DEFAULTS[name]);
  if (value === undefined || pull) return value;
  const how = lockMode === 'hold' ? 'pull: false' : `lock: ${lockMode}`;
  reader.reject(name, value, `${how} pulls no state: remove ${name}`);
  return undefined;
}

function readFingerprint(reader: InputReader, mode: LockModeInputs): string | undefined {
  const value = readGate(reader, 'expect_fingerprint', mode);
  if (value === undefined || isFingerprint(value)) return value;
  reader.reject('expect_fingerprint', value, 'pass the fingerprint output of the plan job unchanged');
  return undefined;
}

function readSerial(reader: InputReader, mode: LockModeInputs): bigint | undefined {
  const value = readGate(reader, 'expect_serial', mode);
  if (value === undefined) return undefined;
  const serial = parseSerial(value);
  if (serial !== undefined) return serial;
  reader.reject('expect_serial', value, 'pass the serial output of the plan job unchanged, a whole number');
  return undefined;
}

/** A gate that is a condition whenever it isn't its default. */
function readSwitchGate(reader: InputReader, name: GateName, mode: LockModeInputs): true | undefined {
  if (readGate(reader, name, mode) === undefined) return undefined;
  const value = reader.boolean(name);
  return value === undefined || String(value) === GATE_DEFAULTS[name] ? undefined : true;
}

function readDestroyGate(reader: InputReader, mode: LockModeInputs): DestroyGate | undefined {
  const forbid = readGate(reader, 'forbid_destroy', mode);
  const allow = reader.text('allow_destroy');
  if (forbid === undefined || forbid.toLowerCase() === GATE_DEFAULTS.forbid_destroy) {
    const fix = 'it forbids nothing by itself: set forbid_destroy: true, or remove it';
    if (allow !== undefined) reader.reject('allow_destroy', allow, fix);
    return undefined;
  }
  const forbidden = forbid.toLowerCase() === 'true' ? ALL : readGlobs(reader, 'forbid_destroy', forbid);
  return { forbidden, allowed: allow === undefined ? [] : readGlobs(reader, 'allow_destroy', allow) };
}

/** Globs of addresses: one per line, or a JSON array. Commas don't separate them, because an index may contain one. */
function readGlobs(reader: InputReader, name: string, text: string): readonly string[] {
  const globs = parseTexts(text, /\n/) ?? [];
  const fix = 'give addresses of resources, one per line or as a JSON array of strings, with * for any text';
  if (globs.length === 0) reader.reject(name, text, fix);
  const wrong = globs.find((glob) => !mayFit(glob));
  if (wrong !== undefined) {
    reader.reject(
      name,
      wrong,
      'no resource can have this address: write TYPE.NAME, or TYPE.* for all resources of a type',
    );
  }
  return globs;
}

/** Whether the glob can match an address: an address has a dot and is not blank. */
function mayFit(glob: string): boolean {
  return glob.includes('.') || glob.includes('*');
}
