import * as v from 'valibot';
import { parseJson } from '../../statefile/json-text.ts';
import type { PlannedAction, PlannedChange } from '../../statefile/plan-changes.ts';

/** The version of the format, its `schema_version`. Readers accept no other. */
export const RECORD_VERSION = 1;

/** The size of the largest record that is read, in bytes. */
export const LARGEST_RECORD = 8 * 1024 * 1024;

/** How many changes a record lists, and the UTF-16 units of their texts. Further changes are only counted. */
export const MOST_CHANGES = 20_000;
export const MOST_CHANGES_TEXT = 512 * 1024;

/** The UTF-16 units of every other text. */
const LONGEST_TEXT = 2_048;

/** What a plan changes: addresses and actions, never values. */
export interface RecordedChanges {
  readonly counts: Readonly<Record<PlannedAction, number>>;
  /** The changes that change something. Those that end the life of an object come first. */
  readonly changes: readonly PlannedChange[];
  /** False when there were more changes than a record holds. */
  readonly isComplete: boolean;
}

/** Where a plan was made: which code, by whom, in which run. Other people's text. */
export interface PlanOrigin {
  /** `owner/name`. */
  readonly repository: string;
  /** The path of the root module in the checkout, `.` for the checkout itself; undefined when not given. */
  readonly modulePath: string | undefined;
  readonly commit: string;
  /**
   * The head of the run's pull request (`pull_request.head.sha` of its event); `commit` is then the merge of it.
   * Undefined in other runs.
   */
  readonly headCommit: string | undefined;
  /** Git's hash of the commit's files; undefined when the checkout did not provide it. */
  readonly tree: string | undefined;
  readonly ref: string;
  readonly run: string;
  readonly actor: string;
  /** The name of the event that started the run. */
  readonly event: string;
  /** Whether the run was for the pull request of a fork, or nothing shows that it was not. */
  readonly isOfFork: boolean;
}

/** Everything known about a plan in a vault. */
export interface PlanRecord {
  readonly state: { readonly bucket: string; readonly key: string; readonly workspace: string };
  /** Of the state for which the plan was made. */
  readonly fingerprint: string;
  readonly origin: PlanOrigin;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** In ms since the epoch. */
  readonly createdAt: number;
  /** In ms since the epoch, as its own job set it. */
  readonly expiresAt: number;
  /** Of Terraform or OpenTofu; undefined when neither plan nor state names it. */
  readonly terraformVersion: string | undefined;
  /** Undefined when the job gave no `plan_json`. */
  readonly changes: RecordedChanges | undefined;
}

export type ParsedRecord =
  | { readonly ok: true; readonly record: PlanRecord }
  /** `detail` ends the sentence "it can't be used: ...". */
  | { readonly ok: false; readonly detail: string };

/** Actions that end the life of an object come first. */
export const PLANNED_ACTIONS = [
  'delete',
  'replace',
  'forget',
  'update',
  'create',
  'read',
  'no-op',
] as const satisfies readonly PlannedAction[];

const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(
  text,
  v.isoTimestamp(),
  v.transform((iso) => Date.parse(iso)),
);
const optionalText = v.optional(v.nullable(text));

const ChangeSchema = v.object({
  address: v.pipe(v.string(), v.maxLength(MOST_CHANGES_TEXT)),
  module: v.pipe(v.string(), v.maxLength(MOST_CHANGES_TEXT)),
  action: v.picklist(PLANNED_ACTIONS),
  deposed: v.optional(text),
});

const ChangesSchema = v.object({
  counts: v.object({
    delete: count,
    replace: count,
    forget: count,
    update: count,
    create: count,
    read: count,
    'no-op': count,
  }),
  changes: v.pipe(v.array(ChangeSchema), v.maxLength(MOST_CHANGES)),
  complete: v.boolean(),
});

/** Unknown members are ignored: a later version may add some. */
const RecordSchema = v.object({
  schema_version: v.literal(RECORD_VERSION),
  state: v.object({ bucket: text, key: text, workspace: text }),
  fingerprint: text,
  repository: text,
  module_path: optionalText,
  commit: text,
  head_commit: optionalText,
  tree: optionalText,
  ref: text,
  run: text,
  actor: text,
  event: text,
  fork: v.boolean(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  size: count,
  created_at: time,
  expires_at: time,
  terraform_version: optionalText,
  resource_changes: v.optional(v.nullable(ChangesSchema)),
});

/** Prints a record as JSON. Truncates texts that are longer than a record holds. Pure. */
export function printPlanRecord(record: PlanRecord): string {
  const { state, origin, changes } = record;
  const document: v.InferInput<typeof RecordSchema> = {
    schema_version: RECORD_VERSION,
    state,
    fingerprint: record.fingerprint,
    repository: cut(origin.repository),
    module_path: origin.modulePath === undefined ? null : cut(origin.modulePath),
    commit: cut(origin.commit),
    head_commit: origin.headCommit === undefined ? null : cut(origin.headCommit),
    tree: origin.tree ?? null,
    ref: cut(origin.ref),
    run: cut(origin.run),
    actor: cut(origin.actor),
    event: cut(origin.event),
    fork: origin.isOfFork,
    sha256: record.sha256,
    size: record.size,
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: new Date(record.expiresAt).toISOString(),
    terraform_version: record.terraformVersion === undefined ? null : cut(record.terraformVersion),
    resource_changes:
      changes === undefined
        ? null
        : { counts: changes.counts, changes: [...changes.changes], complete: changes.isComplete },
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Reads a record. Anybody who can write to the vault may have made it, so only its shape is trusted. Pure. */
export function parsePlanRecord(bytes: Uint8Array): ParsedRecord {
  if (bytes.length >= LARGEST_RECORD)
    return { ok: false, detail: `it is not smaller than ${LARGEST_RECORD} bytes` };
  const json = parseJson(Buffer.from(bytes).toString('utf8'));
  if (json === undefined) return { ok: false, detail: 'it is not complete JSON' };
  const parsed = v.safeParse(RecordSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return { ok: false, detail: `its ${v.getDotPath(issue) ?? 'top level'} is invalid` };
  }
  return { ok: true, record: toRecord(parsed.output) };
}

function toRecord(found: v.InferOutput<typeof RecordSchema>): PlanRecord {
  const { resource_changes: changes } = found;
  return {
    state: found.state,
    fingerprint: found.fingerprint,
    origin: {
      repository: found.repository,
      modulePath: found.module_path ?? undefined,
      commit: found.commit,
      headCommit: found.head_commit ?? undefined,
      tree: found.tree ?? undefined,
      ref: found.ref,
      run: found.run,
      actor: found.actor,
      event: found.event,
      isOfFork: found.fork,
    },
    sha256: found.sha256,
    size: found.size,
    createdAt: found.created_at,
    expiresAt: found.expires_at,
    terraformVersion: found.terraform_version ?? undefined,
    changes: changes ? toChanges(changes) : undefined,
  };
}

function toChanges({ counts, changes, complete }: v.InferOutput<typeof ChangesSchema>): RecordedChanges {
  const listed = changes.map(({ address, module, action, deposed }) => ({
    address,
    module,
    action,
    deposed,
  }));
  return { counts, changes: listed, isComplete: complete };
}

function cut(given: string): string {
  return given.slice(0, LONGEST_TEXT);
}
