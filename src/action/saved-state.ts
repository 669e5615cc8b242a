import * as v from 'valibot';
import type { BackendSettings } from '../backend/settings.ts';
import type { Environment } from '../runner/inputs.ts';
import type { PushSide } from '../statefile/push-rules.ts';

/** Where our lock stands. `trying` is saved before the write, so that after a kill post knows: maybe ours. */
export type LockStatus = 'trying' | 'held' | 'none';

/** What main settled before it touched anything. */
export interface Session {
  readonly backend: BackendSettings;
  readonly push: 'changed' | 'never';
  readonly privateDirectory: string;
  /** Absolute path of the folder with the override file, if there is one. */
  readonly workingDirectory: string | undefined;
  /** Our lock's id and its `Info` byte for byte; undefined without a table. */
  readonly lock: { readonly id: string; readonly info: string } | undefined;
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

/** All that post knows. It never reads inputs (design 3). */
export interface SavedState {
  readonly session: Session;
  readonly lockStatus: LockStatus;
  readonly times: LockTimes | undefined;
  readonly pulled: PulledFacts | undefined;
}

/** The names under which main's state reaches post. */
export const STATE_KEYS = { session: 'session', lock: 'lock', times: 'times', pulled: 'pulled' } as const;

/** JSON that keeps fields without a value (as null) and exact integers (as text). */
export function serializeState(value: Session | PulledFacts | LockTimes): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field === undefined) return null;
    return typeof field === 'bigint' ? field.toString() : field;
  });
}

const maybe = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );
const text = v.string();

const BackendSchema = v.object({
  address: v.object({ bucket: text, workspace: text, objectKey: text, lockId: text, digestId: text }),
  dynamodbTable: maybe(text),
  objects: v.object({ encrypt: v.boolean(), kmsKeyId: maybe(text), acl: maybe(text) }),
  aws: v.object({
    region: text,
    endpoints: v.object({ s3: maybe(text), dynamodb: maybe(text), sts: maybe(text) }),
    usePathStyle: v.boolean(),
    maxAttempts: v.number(),
    credentials: v.object({
      static: maybe(v.object({ accessKeyId: text, secretAccessKey: text, sessionToken: maybe(text) })),
      profile: maybe(text),
      sharedCredentialsFile: maybe(text),
      skipMetadataApiCheck: maybe(v.boolean()),
      assumeRole: maybe(
        v.object({ roleArn: text, externalId: maybe(text), sessionName: text, policy: maybe(text) }),
      ),
    }),
  }),
});

const SessionSchema = v.object({
  backend: BackendSchema,
  push: v.picklist(['changed', 'never']),
  privateDirectory: text,
  workingDirectory: maybe(text),
  lock: maybe(v.object({ id: text, info: text })),
});

const PulledSchema = v.object({
  state: maybe(
    v.object({
      md5: text,
      serial: v.pipe(
        text,
        v.digits(),
        v.transform((digits) => BigInt(digits)),
      ),
      lineage: text,
      content: text,
      isEmpty: v.boolean(),
    }),
  ),
  etag: maybe(text),
  storedDigest: maybe(text),
});

const TimesSchema = v.object({ waitedMs: v.number(), heldSince: v.number() });

/** Reads back what main saved; undefined when main ended before it had anything to save. */
export function readSavedState(env: Environment): SavedState | undefined {
  const saved = (key: string): string | undefined => env[`STATE_${key}`] || undefined;
  const session = saved(STATE_KEYS.session);
  if (session === undefined) return undefined;
  const [times, pulled] = [saved(STATE_KEYS.times), saved(STATE_KEYS.pulled)];
  return {
    session: v.parse(SessionSchema, JSON.parse(session)),
    lockStatus: v.parse(v.picklist(['trying', 'held', 'none']), saved(STATE_KEYS.lock) ?? 'none'),
    times: times === undefined ? undefined : v.parse(TimesSchema, JSON.parse(times)),
    pulled: pulled === undefined ? undefined : v.parse(PulledSchema, JSON.parse(pulled)),
  };
}
