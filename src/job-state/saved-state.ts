import * as v from 'valibot';
import type { OurLock } from '../backend/lock/lock-store.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { Environment } from '../runner/inputs.ts';
import type { PushSide } from '../statefile/push-rules.ts';

/** Where our lock stands. `trying` is saved before the write, so that after a kill post knows: maybe ours. */
export type LockStatus = 'trying' | 'held' | 'none';

/** The `lock` input. */
export type LockMode = 'hold' | 'guard' | 'none';

/** What main settled before it touched anything. */
export interface Session {
  readonly backend: BackendSettings;
  /** What the job wants of the lock: to be held, a watch over what its own Terraform takes, or nothing. */
  readonly mode: LockMode;
  /** False: the lock alone, without a state. */
  readonly pull: boolean;
  readonly push: 'changed' | 'never';
  /** Whether post writes the outputs that are not sensitive beside the state. */
  readonly publishOutputs: boolean;
  /** How often a checkpointer looks at the job's state, in ms; 0: there is none. */
  readonly checkpointMs: number;
  /** When main began, in ms since the epoch. */
  readonly startedAt: number;
  /** The job's own, below RUNNER_TEMP. */
  readonly privateDirectory: string;
  /** Where the pulled state lies: the same in every job that holds it. */
  readonly stateDirectory: string;
  /** Absolute path of the folder with the override file, if there is one. */
  readonly workingDirectory: string | undefined;
  /** Hex MD5 of an `errored.tfstate` that lay in it before the job began. */
  readonly erroredBefore?: string | undefined;
  /** The module whose workspace counts, whether or not there is an override file in it. */
  readonly module: SessionModule | undefined;
  /** Undefined where nothing is locked. */
  readonly lock: OurLock | undefined;
}

/** A root module as main found it. */
export interface FoundModule {
  /** Absolute. */
  readonly directory: string;
  /** Absolute: where Terraform keeps what it knows of the module. */
  readonly dataDirectory: string;
  /** Undefined: no workspace was selected. */
  readonly selectedBefore: string | undefined;
}

/** The module, and what says where the state of another workspace of it is. */
export interface SessionModule extends FoundModule {
  /** Both as the backend's settings have them. */
  readonly key: string;
  readonly workspaceKeyPrefix: string;
}

/** The state as main pulled it. */
export interface PulledFacts {
  /** Undefined: there was none. */
  readonly state: PushSide | undefined;
  /** Of the object, also of one without a byte, which holds no state. */
  readonly etag: string | undefined;
  readonly storedDigest: string | undefined;
}

/** How long the lock took to get, and since when (ms since the epoch) it is held. */
export interface LockTimes {
  readonly waitedMs: number;
  readonly heldSince: number;
}

/** All that post knows. It never reads inputs (docs/design.md#post-reads-no-inputs). */
export interface SavedState {
  readonly session: Session;
  readonly lockStatus: LockStatus;
  readonly times: LockTimes | undefined;
  readonly pulled: PulledFacts | undefined;
  /** Process id of the checkpointer, if there is one. */
  readonly checkpointerPid: number | undefined;
  /** Undefined: main did not change the machine's name. */
  readonly hostNames: HostNames | undefined;
}

/** What the machine was called before main gave it a name of its own, and since. */
export interface HostNames {
  readonly before: string;
  readonly given: string;
}

/** The names under which main's state reaches post. */
export const STATE_KEYS = {
  session: 'session',
  lock: 'lock',
  times: 'times',
  pulled: 'pulled',
  checkpointer: 'checkpointer',
  hostNames: 'host_names',
} as const;

/** JSON that keeps fields without a value (as null) and exact integers (as text). */
export function serializeState(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field === undefined) return null;
    return typeof field === 'bigint' ? field.toString() : field;
  });
}

/** What `serializeState` made of a value that may be missing. */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );
const text = v.string();

const RoleSession = {
  roleArn: text,
  sessionName: text,
  policy: maybe(text),
  policyArns: v.array(text),
  durationSeconds: maybe(v.number()),
};
const Tags = v.array(v.object({ key: text, value: text }));

const AssumeRoleSchema = v.object({
  ...RoleSession,
  externalId: maybe(text),
  sourceIdentity: maybe(text),
  tags: Tags,
  givenTags: Tags,
  transitiveTagKeys: v.array(text),
});

const BackendSchema = v.object({
  address: v.object({
    bucket: text,
    workspace: text,
    objectKey: text,
    lockFileKey: text,
    lockPath: text,
    digestPath: text,
  }),
  table: maybe(text),
  useLockfile: v.boolean(),
  objects: v.object({
    encrypt: v.boolean(),
    kmsKeyId: maybe(text),
    customerKey: maybe(text),
    acl: maybe(text),
    stateTags: v.optional(maybe(text)),
    lockTags: v.optional(maybe(text)),
  }),
  aws: v.object({
    region: text,
    endpoints: v.object({ s3: maybe(text), dynamodb: maybe(text), sts: maybe(text) }),
    stsRegion: maybe(text),
    usePathStyle: v.boolean(),
    variants: v.object({ fips: v.boolean(), dualstack: v.boolean() }),
    skipS3Checksum: v.boolean(),
    maxAttempts: v.number(),
    retryMode: v.picklist(['standard', 'adaptive']),
    network: v.object({
      httpProxy: maybe(text),
      httpsProxy: maybe(text),
      noProxy: maybe(text),
      caBundle: maybe(text),
      insecure: v.boolean(),
    }),
    accounts: v.object({ allowed: v.array(text), forbidden: v.array(text) }),
    credentials: v.object({
      static: maybe(v.object({ accessKeyId: text, secretAccessKey: text, sessionToken: maybe(text) })),
      profile: maybe(text),
      sharedCredentialsFiles: v.array(text),
      sharedConfigFiles: v.array(text),
      skipMetadataApiCheck: maybe(v.boolean()),
      metadata: v.object({ endpoint: maybe(text), mode: maybe(v.picklist(['IPv4', 'IPv6'])) }),
      webIdentity: maybe(
        v.object({
          ...RoleSession,
          token: v.variant('from', [
            v.object({ from: v.literal('github'), audience: text }),
            v.object({ from: v.literal('file'), path: text }),
          ]),
        }),
      ),
      via: v.array(AssumeRoleSchema),
      assumeRole: maybe(AssumeRoleSchema),
      isPolicyOptional: v.boolean(),
    }),
  }),
});

const SessionSchema = v.object({
  backend: BackendSchema,
  mode: v.picklist(['hold', 'guard', 'none']),
  pull: v.boolean(),
  push: v.picklist(['changed', 'never']),
  publishOutputs: v.boolean(),
  checkpointMs: v.number(),
  startedAt: v.number(),
  privateDirectory: text,
  stateDirectory: text,
  workingDirectory: maybe(text),
  erroredBefore: v.optional(maybe(text)),
  module: maybe(
    v.object({
      directory: text,
      dataDirectory: text,
      selectedBefore: maybe(text),
      key: text,
      workspaceKeyPrefix: text,
    }),
  ),
  lock: maybe(v.object({ id: text, info: text, heartbeatMs: maybe(v.number()) })),
});

/** A `PushSide` as `serializeState` wrote it. */
export const PushSideSchema = v.object({
  md5: text,
  serial: v.pipe(
    text,
    v.digits(),
    v.transform((digits) => BigInt(digits)),
  ),
  lineage: text,
  content: text,
  isEmpty: v.boolean(),
});

const PulledSchema = v.object({ state: maybe(PushSideSchema), etag: maybe(text), storedDigest: maybe(text) });

// Never 0 or less, which would mean a group of processes.
const PidSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

const HostNamesSchema = v.object({ before: text, given: text });

const TimesSchema = v.object({ waitedMs: v.number(), heldSince: v.number() });

/** Reads back what main saved; undefined when main ended before it had anything to save. */
export function readSavedState(env: Environment): SavedState | undefined {
  const saved = (key: string): string | undefined => env[`STATE_${key}`] || undefined;
  const session = saved(STATE_KEYS.session);
  if (session === undefined) return undefined;
  const times = saved(STATE_KEYS.times);
  const pulled = saved(STATE_KEYS.pulled);
  const checkpointer = saved(STATE_KEYS.checkpointer);
  const hostNames = saved(STATE_KEYS.hostNames);
  return {
    session: v.parse(SessionSchema, JSON.parse(session)),
    lockStatus: v.parse(v.picklist(['trying', 'held', 'none']), saved(STATE_KEYS.lock) ?? 'none'),
    times: times === undefined ? undefined : v.parse(TimesSchema, JSON.parse(times)),
    pulled: pulled === undefined ? undefined : v.parse(PulledSchema, JSON.parse(pulled)),
    checkpointerPid: checkpointer === undefined ? undefined : v.parse(PidSchema, Number(checkpointer)),
    hostNames: hostNames === undefined ? undefined : v.parse(HostNamesSchema, JSON.parse(hostNames)),
  };
}
