import { describe, expect, it } from 'vitest';
import type { LockFileTrail } from '../../../src/backend/survey/lock-file-trail.ts';
import {
  assessState,
  decideDual,
  decideFinish,
  type StateEvidence,
} from '../../../src/steps/migrate/assess-state.ts';
import { makeHolder } from '../../job-state/scopes.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const QUIET = { quietForMs: 7 * DAY, now: NOW };
const holder = makeHolder({});

/** A state that was written two hours ago, whose digest agrees. */
function evidence(change: Partial<StateEvidence> = {}): StateEvidence {
  return {
    objectKey: 'a.tfstate',
    digest: 'agrees',
    hasObject: true,
    writtenAt: NOW - 7_200_000,
    trail: undefined,
    isLookedAt: true,
    provenance: undefined,
    liveLock: undefined,
    now: NOW,
    ...change,
  };
}

/** Times are hours ago. */
function trail(writes: number[], spans: [from: number, until?: number][], isVersioned = true): LockFileTrail {
  const toTime = (hours: number) => NOW - hours * 3_600_000;
  return {
    writes: writes.map((hours) => ({ at: toTime(hours), isVersioned })),
    spans: spans.map(([from, until]) => ({
      from: toTime(from),
      until: until === undefined ? undefined : toTime(until),
    })),
  };
}

const written = (lockStores: readonly ('file' | 'item')[]) => ({
  provenance: { run: 'r', actor: 'mona', lockId: 'l', md5: 'm', lockStores },
});

type Row = readonly [
  situation: string,
  change: Partial<StateEvidence>,
  client: string,
  dual: string,
  finish: string,
];

const ROWS: readonly Row[] = [
  ['lock file around the write', { trail: trail([2], [[3, 1]]) }, 'both', 'proven', 'ready'],
  [
    'no lock file, and none can have been removed',
    { trail: trail([2], []) },
    'table',
    'table_client',
    'table_client',
  ],
  [
    'an older write without a lock file, within the quiet time',
    {
      trail: trail(
        [2, 40, 60],
        [
          [3, 1],
          [70, 69],
        ],
      ),
    },
    'both',
    'table_client',
    'table_client',
  ],
  [
    'an older write without a lock file, before the quiet time',
    {
      trail: trail(
        [2, 400],
        [
          [3, 1],
          [500, 499],
        ],
      ),
    },
    'both',
    'proven',
    'ready',
  ],
  [
    'a write after the lock file was freed',
    { trail: trail([2], [[5, 4]]) },
    'table',
    'table_client',
    'table_client',
  ],
  [
    'written long ago, and no lock file since',
    { trail: trail([400], []), writtenAt: NOW - 400 * 3_600_000 },
    'table',
    'not_seen',
    'ready',
  ],
  [
    'written long ago, and a plan has taken the lock file since',
    { trail: trail([400], [[5, 4]]), writtenAt: NOW - 400 * 3_600_000 },
    'table',
    'proven',
    'ready',
  ],
  [
    'lock file around the write of a client without the table',
    { digest: 'differs', trail: trail([2], [[3, 1]]) },
    'file',
    'file_client',
    'ready',
  ],
  [
    'a digest that differs, from an unknown client',
    { digest: 'differs', trail: trail([2], []) },
    'unknown',
    'unknown',
    'unknown',
  ],
  ['no versions', { trail: trail([2], [], false) }, 'unknown', 'unknown', 'unknown'],
  ['a store that lists no versions', {}, 'unknown', 'unknown', 'unknown'],
  [
    'no versions, written long ago',
    { trail: trail([400], [], false), writtenAt: NOW - 400 * 3_600_000 },
    'unknown',
    'unknown',
    'ready',
  ],
  ['our metadata: both', written(['file', 'item']), 'both', 'proven', 'ready'],
  ['our metadata: the table alone', written(['item']), 'table', 'table_client', 'table_client'],
  [
    'our metadata: the lock file alone',
    { digest: 'differs', ...written(['file']) },
    'file',
    'file_client',
    'ready',
  ],
  [
    'a digest without an object',
    { hasObject: false, digest: 'differs', isLookedAt: false },
    'unknown',
    'unknown',
    'unknown',
  ],
  ['not in the table', { digest: 'none', isLookedAt: false }, 'unknown', 'done', 'done'],
  [
    'a lock in both',
    { liveLock: { stores: ['file', 'item'], holder, isOfFinish: false } },
    'both',
    'proven',
    'locked',
  ],
  [
    'a lock in the table alone',
    { liveLock: { stores: ['item'], holder, isOfFinish: false } },
    'table',
    'table_client',
    'locked',
  ],
  [
    'a lock file alone',
    { liveLock: { stores: ['file'], holder, isOfFinish: false } },
    'file',
    'file_client',
    'locked',
  ],
  [
    'not in the table, a lock file',
    { digest: 'none', liveLock: { stores: ['file'], holder, isOfFinish: false } },
    'file',
    'done',
    'done',
  ],
  [
    'a lock of an earlier finish in both',
    { liveLock: { stores: ['file', 'item'], holder, isOfFinish: true } },
    'unknown',
    'unknown',
    'unknown',
  ],
  [
    'a lock of an earlier finish, after a client with the table alone',
    { liveLock: { stores: ['file'], holder, isOfFinish: true }, trail: trail([2], []) },
    'table',
    'table_client',
    'table_client',
  ],
  [
    'only the lock of an earlier finish left',
    { digest: 'none', liveLock: { stores: ['file'], holder, isOfFinish: true } },
    'unknown',
    'done',
    'ready',
  ],
];

describe('how a state is locked', () => {
  it.each(ROWS)('%s', (_, change, client, dual, finish) => {
    const finding = assessState(evidence(change));
    expect({
      client: finding.client.kind,
      dual: decideDual(finding, QUIET).kind,
      finish: decideFinish(finding, QUIET, false).kind,
    }).toEqual({ client, dual, finish });
  });

  it('finish accepts an unknown state that the user vouches for, but not a client that was seen', () => {
    const decide = (change: Partial<StateEvidence>) =>
      decideFinish(assessState(evidence(change)), QUIET, true).kind;
    expect(decide({})).toBe('ready');
    expect(decide({ digest: 'differs', trail: trail([2], []) })).toBe('ready');
    expect(decide({ trail: trail([48], []), writtenAt: NOW - 2 * DAY })).toBe('ready');
    expect(decide({ trail: trail([2], []) })).toBe('table_client');
    expect(decide({ liveLock: { stores: ['item'], holder, isOfFinish: false } })).toBe('locked');
  });
});

it('with a quiet time of zero every state is quiet, even if its store dates the write to the next second', () => {
  const finding = assessState(evidence({ writtenAt: NOW + 900, trail: undefined }));
  expect(decideFinish(finding, { quietForMs: 0, now: NOW }, true)).toEqual(
    decideFinish(assessState(evidence({ writtenAt: NOW - 900 })), { quietForMs: 0, now: NOW }, true),
  );
});
