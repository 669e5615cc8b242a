import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type PulledFacts,
  readSavedState,
  type Session,
  type STATE_KEYS,
} from '../../src/job-state/saved-state.ts';
import { serializeState } from '../../src/job-state/serialize-state.ts';
import { makeSession } from './support.ts';

const session = makeSession({
  checkpointMs: 20_000,
  startedAt: 1_767_323_040_000,
  privateDirectory: '/tmp/runner/x',
  stateDirectory: '/tmp/terraform-s3-state-x',
  workingDirectory: '/checkout/infra',
  module: {
    directory: '/checkout/infra',
    dataDirectory: '/data',
    selectedBefore: undefined,
  },
  paths: { key: 'k', workspaceKeyPrefix: '' },
  lock: { id: 'id', info: '{"ID":"id"}', heartbeatMs: 20_000 },
});
const pulled: PulledFacts = {
  state: { md5: 'm', serial: 2n ** 64n - 1n, lineage: 'l', content: 'c', isEmpty: false },
  etag: undefined,
  storedDigest: undefined,
};
const times = { waitedMs: 1.5, heldSince: 1_767_323_045_000 };

/** What the runner passes to post after main saved these values. */
function stateEnv(saved: Partial<Record<keyof typeof STATE_KEYS, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(saved).map(([key, value]) => [`STATE_${key}`, value]));
}

describe('what main saves for post', () => {
  it('arrives complete, with empty fields and with serials too large for a number', () => {
    const env = stateEnv({
      session: serializeState(session),
      lock: 'held',
      times: serializeState(times),
      pulled: serializeState(pulled),
      checkpointer: '4711',
    });
    expect(readSavedState(env)).toEqual({
      session,
      lockStatus: 'held',
      isQueued: false,
      times,
      pulled,
      checkpointerPid: 4711,
    });
  });

  it('is nothing when main ended before it saved anything', () => {
    expect(readSavedState({})).toBeUndefined();
    expect(readSavedState({ STATE_session: '' })).toBeUndefined();
  });

  it('shows how far main came: no lock tried, maybe ours, ours but nothing pulled', () => {
    const saved = serializeState(session);
    const none = { session, times: undefined, pulled: undefined, isQueued: false };
    expect(readSavedState(stateEnv({ session: saved }))).toEqual({ ...none, lockStatus: 'none' });
    expect(readSavedState(stateEnv({ session: saved, lock: 'trying' }))).toEqual({
      ...none,
      lockStatus: 'trying',
    });
    const env = stateEnv({ session: saved, lock: 'held', times: serializeState(times) });
    expect(readSavedState(env)).toEqual({ ...none, times, lockStatus: 'held' });
  });

  it('shows when there was no state or no table', () => {
    const nothing: PulledFacts = { state: undefined, etag: undefined, storedDigest: undefined };
    const unlocked = { ...session, lock: undefined, workingDirectory: '/home/runner/work/infra' };
    const env = stateEnv({ session: serializeState(unlocked), pulled: serializeState(nothing) });
    expect(readSavedState(env)).toMatchObject({ session: unlocked, pulled: nothing });
  });

  it('keeps every setting, whatever it is', () => {
    const text = fc.string({ unit: 'binary' });
    const maybe = fc.option(text, { nil: undefined });
    const inputs = fc.record({
      text,
      maybe,
      flag: fc.boolean(),
      count: fc.nat(),
      some: fc.option(fc.nat(), { nil: undefined }),
      mode: fc.constantFrom('IPv4', 'IPv6', undefined),
    });
    fc.assert(
      fc.property(inputs, ({ text: given, maybe: optional, flag, count, some, mode }) => {
        const { backend } = session;
        const role = {
          roleArn: given,
          externalId: optional,
          sessionName: given,
          policy: optional,
          durationSeconds: some,
          policyArns: [given],
          sourceIdentity: optional,
          transitiveTagKeys: [given],
          tags: [{ key: given, value: given }],
          givenTags: [{ key: given, value: given }],
        };
        const odd: Session = {
          ...session,
          push: flag ? 'never' : 'changed',
          mode: flag ? 'guard' : 'none',
          pull: flag,
          checkpointMs: count,
          lock: { id: given, info: given, heartbeatMs: some },
          workingDirectory: optional,
          backend: {
            ...backend,
            table: optional,
            objects: { encrypt: flag, kmsKeyId: optional, customerKey: optional, acl: optional },
            aws: {
              ...backend.aws,
              endpoints: { s3: optional, dynamodb: optional, sts: optional },
              stsRegion: optional,
              variants: { fips: flag, dualstack: !flag },
              skipS3Checksum: flag,
              retryMode: 'adaptive',
              network: {
                httpProxy: optional,
                httpsProxy: optional,
                noProxy: optional,
                caBundle: optional,
                insecure: flag,
              },
              accounts: { allowed: [given], forbidden: [given] },
              maxAttempts: count,
              usePathStyle: flag,
              credentials: {
                static: { accessKeyId: given, secretAccessKey: given, sessionToken: optional },
                profile: optional,
                sharedCredentialsFiles: [given],
                sharedConfigFiles: [],
                metadata: { endpoint: optional, mode },
                skipMetadataApiCheck: flag ? true : undefined,
                webIdentity: {
                  roleArn: given,
                  sessionName: given,
                  durationSeconds: some,
                  policyArns: [given],
                  policy: optional,
                  token: { from: 'file', path: given },
                },
                via: [role, role],
                assumeRole: role,
                isPolicyOptional: flag,
              },
            },
          },
        };
        expect(readSavedState(stateEnv({ session: serializeState(odd) }))?.session).toEqual(odd);
      }),
    );
  });

  it("is refused when main can't have written it", () => {
    const env = stateEnv({ session: serializeState(session), lock: 'perhaps' });
    expect(() => readSavedState(env)).toThrow();
    expect(() => readSavedState({ STATE_session: '{}' })).toThrow();
    expect(() => readSavedState({ STATE_session: '{' })).toThrow();
  });
});
