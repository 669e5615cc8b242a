import * as v from 'valibot';
import type { OurLock } from '../backend/lock/lock-store.ts';
import type { PlanOrigin } from '../backend/records/plan-record.ts';
import type { WorkspacePaths } from '../backend/state/list-workspaces.ts';
import type { Environment } from '../runner/inputs.ts';
import type { PushSide } from '../statefile/push-rules.ts';
import { BackendSettingsSchema } from './saved-settings.ts';
import { exactInteger, type FieldsOf, maybe } from './serialize-state.ts';

const text = v.string();

const LockStatusSchema = v.picklist(['trying', 'held', 'none']);

const LockModeSchema = v.picklist(['hold', 'guard', 'none']);

const FOUND_MODULE = {
  /** Absolute. */
  directory: text,
  /** Absolute: where Terraform keeps its data about the module. */
  dataDirectory: text,
  /** Undefined when no workspace was selected. */
  selectedBefore: maybe(text),
};

const FoundModuleSchema = v.pipe(v.object(FOUND_MODULE), v.readonly());

const WORKSPACE_PATHS = { key: text, workspaceKeyPrefix: text } satisfies FieldsOf<WorkspacePaths>;

const WorkspacePathsSchema: v.GenericSchema<unknown, WorkspacePaths> = v.object(WORKSPACE_PATHS);

const OUR_LOCK = { id: text, info: text, heartbeatMs: maybe(v.number()) } satisfies FieldsOf<OurLock>;

const OurLockSchema: v.GenericSchema<unknown, OurLock> = v.object(OUR_LOCK);

const GuardedStatesSchema = v.pipe(
  v.object({
    /** Of the named states. */
    objectKeys: v.pipe(v.array(text), v.readonly()),
    /** The prefixes of further states' object keys, each with `/` at its end. */
    prefixes: v.pipe(v.array(text), v.readonly()),
  }),
  v.readonly(),
);

const SessionSchema = v.pipe(
  v.object({
    backend: BackendSettingsSchema,
    /** What the job does with the lock: hold it, watch for locks of its own Terraform, or nothing. */
    mode: LockModeSchema,
    /** False for the lock only, without a state. */
    pull: v.boolean(),
    push: v.picklist(['changed', 'never']),
    /** Whether post writes the outputs that are not sensitive beside the state. */
    publishOutputs: v.boolean(),
    /** When the state before the job's first push is kept. `auto`: in a bucket that keeps no versions. */
    snapshot: v.picklist(['auto', 'always', 'never']),
    /** How often a checkpointer checks the job's state, in ms; 0 without a checkpointer. */
    checkpointMs: v.number(),
    /** When main began, in ms since the epoch. */
    startedAt: v.number(),
    /** The job's own, below RUNNER_TEMP. */
    privateDirectory: text,
    /** The directory of the pulled state, which is the same in every job that holds it. */
    stateDirectory: text,
    /** Absolute path of the folder with the override file, if there is one. */
    workingDirectory: maybe(text),
    /** The hex MD5 of an `errored.tfstate` that was there before the job began. */
    erroredBefore: v.optional(maybe(text)),
    /** The module whose workspace counts, with or without an override file. */
    module: maybe(FoundModuleSchema),
    /** Says where the states of other workspaces are; undefined when there are several states. */
    paths: v.optional(maybe(WorkspacePathsSchema)),
    /**
     * Several states with `lock: guard`, all in the backend's bucket and table; undefined when there is only the
     * backend's own.
     */
    guardedStates: v.optional(maybe(GuardedStatesSchema)),
    /** Undefined when nothing is locked. */
    lock: maybe(OurLockSchema),
  }),
  v.readonly(),
);

const PUSH_SIDE = {
  md5: text,
  serial: exactInteger,
  lineage: text,
  content: text,
  isEmpty: v.boolean(),
} satisfies FieldsOf<PushSide>;

/** A `PushSide` in the form that `serializeState` writes. */
export const PushSideSchema: v.GenericSchema<unknown, PushSide> = v.object(PUSH_SIDE);

const PulledFactsSchema = v.pipe(
  v.object({
    /** Undefined when there was none. */
    state: maybe(PushSideSchema),
    /** Of the object, even of an empty one, which contains no state. */
    etag: maybe(text),
    storedDigest: maybe(text),
    /** Of the object; undefined or `null` when its bucket keeps no versions. */
    versionId: v.optional(maybe(text)),
  }),
  v.readonly(),
);

/** A snapshot that was made, or should have been made, before a push. */
export const KeptSnapshotSchema = v.pipe(
  v.object({
    /** Of its object. */
    key: text,
    /** Why it could not be made, in words; undefined when it was made. */
    problem: maybe(text),
  }),
  v.readonly(),
);

const LockTimesSchema = v.pipe(
  v.object({
    /** From the step's first try of a lock until it got this one. A step takes several locks one after another. */
    waitedMs: v.number(),
    /** In ms since the epoch. */
    heldSince: v.number(),
    /** The last holders whose locks the job waited for, in the form that is shown; undefined when it did not wait. */
    waitedFor: v.optional(maybe(v.array(v.object({ name: text, run: maybe(text) })))),
  }),
  v.readonly(),
);

const PLAN_ORIGIN = {
  repository: text,
  modulePath: maybe(text),
  commit: text,
  headCommit: maybe(text),
  tree: maybe(text),
  ref: text,
  run: text,
  actor: text,
  event: text,
  isOfFork: v.boolean(),
} satisfies FieldsOf<PlanOrigin>;

const SavedPlanSchema = v.variant('kind', [
  v.pipe(
    v.object({
      kind: v.literal('store'),
      planId: text,
      /** Absolute: where a step makes the plan. */
      path: text,
      /** Absolute: where a step may make the plan's JSON. */
      jsonPath: maybe(text),
      /** Of a file that was there before the job. */
      markBefore: maybe(text),
      ttlMs: v.number(),
      /** Absolute. */
      workspaceRoot: text,
      origin: v.object(PLAN_ORIGIN),
      /** Of the pulled state. */
      fingerprint: text,
      /** Of the pulled state. */
      terraformVersion: maybe(text),
      /** Of the pulled state: in ms since the epoch, and by whom; undefined when there was none. */
      lastWrite: maybe(v.object({ at: maybe(v.number()), by: maybe(v.object({ actor: text, run: text })) })),
      codeOfLastWrite: maybe(v.object({ commit: text, missing: v.number() })),
    }),
    v.readonly(),
  ),
  v.pipe(
    v.object({
      kind: v.literal('apply'),
      planId: text,
      /** Absolute: where main put the plan, or was about to. */
      path: text,
    }),
    v.readonly(),
  ),
]);

const HostNamesSchema = v.pipe(v.object({ before: text, given: text }), v.readonly());

const asJson = <Schema extends v.GenericSchema>(schema: Schema) => v.pipe(text, v.parseJson(), schema);

/** Each field in the form that the runner hands over: text, or nothing when main did not get that far. */
const SavedStateSchema = v.pipe(
  v.object({
    session: asJson(SessionSchema),
    lockStatus: v.undefinedable(LockStatusSchema, 'none'),
    times: v.undefinedable(asJson(LockTimesSchema)),
    /** Whether main may have left a ticket in the queue for the lock. */
    isQueued: v.optional(v.boolean(), false),
    pulled: v.undefinedable(asJson(PulledFactsSchema)),
    /** When the job got the pulled state, in ms since the epoch. */
    handedOverAt: v.undefinedable(v.pipe(text, v.transform(Number), v.number())),
    /** Process id of the checkpointer, if there is one. Never 0 or less, which would mean a group of processes. */
    checkpointerPid: v.undefinedable(v.pipe(text, v.transform(Number), v.integer(), v.minValue(1))),
    /** Undefined when the job neither makes nor applies a stored plan. */
    plan: v.undefinedable(asJson(SavedPlanSchema)),
    /** Undefined when main did not change the machine's name. */
    hostNames: v.undefinedable(asJson(HostNamesSchema)),
  }),
  v.readonly(),
);

/**
 * The status of our lock. `trying` is saved before the write. If main is killed, post knows that the lock may be ours.
 */
export type LockStatus = v.InferOutput<typeof LockStatusSchema>;

/** The `lock` input. */
export type LockMode = v.InferOutput<typeof LockModeSchema>;

/** What main decided before it changed anything. */
export type Session = v.InferOutput<typeof SessionSchema>;

/** Several states whose locks are watched. */
export type GuardedStates = v.InferOutput<typeof GuardedStatesSchema>;

/** A root module as main found it. */
export type FoundModule = v.InferOutput<typeof FoundModuleSchema>;

/** The state as main pulled it. */
export type PulledFacts = v.InferOutput<typeof PulledFactsSchema>;

/** What post does with the job's plan. */
export type SavedPlan = v.InferOutput<typeof SavedPlanSchema>;

/** How the code of a plan relates to the commit from which its state was last written. */
export interface CodeOfLastWrite {
  readonly commit: string;
  /** The number of commits that lead to it and that the planned code lacks. */
  readonly missing: number;
}

/** The result of the snapshot before the job's first push. */
export type KeptSnapshot = v.InferOutput<typeof KeptSnapshotSchema>;

/** How long it took to get the lock, and since when it has been held. */
export type LockTimes = v.InferOutput<typeof LockTimesSchema>;

/** The machine's name before main changed it, and after. */
export type HostNames = v.InferOutput<typeof HostNamesSchema>;

/** Everything that post knows. It never reads inputs (docs/design.md#post-reads-no-inputs). */
export type SavedState = v.InferOutput<typeof SavedStateSchema>;

/** The names under which main's state reaches post. */
export const STATE_KEYS = {
  session: 'session',
  lock: 'lock',
  times: 'times',
  queue: 'queue',
  pulled: 'pulled',
  handedOver: 'handed_over',
  checkpointer: 'checkpointer',
  plan: 'plan',
  hostNames: 'host_names',
  /** Of all states of the step, see `readStateNames`. */
  states: 'states',
} as const;

/**
 * Reads what main saved; undefined when main ended before it saved anything.
 *
 * Errors: ValiError when the content is not what main writes.
 */
export function readSavedState(env: Environment): SavedState | undefined {
  const saved = (key: string): string | undefined => env[`STATE_${key}`] || undefined;
  if (saved(STATE_KEYS.session) === undefined) return undefined;
  return v.parse(SavedStateSchema, {
    session: saved(STATE_KEYS.session),
    lockStatus: saved(STATE_KEYS.lock),
    times: saved(STATE_KEYS.times),
    isQueued: saved(STATE_KEYS.queue) !== undefined,
    pulled: saved(STATE_KEYS.pulled),
    handedOverAt: saved(STATE_KEYS.handedOver),
    checkpointerPid: saved(STATE_KEYS.checkpointer),
    plan: saved(STATE_KEYS.plan),
    hostNames: saved(STATE_KEYS.hostNames),
  });
}
