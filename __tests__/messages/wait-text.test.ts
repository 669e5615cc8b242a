import { describe, expect, it } from 'vitest';
import { waitingLine } from '../../src/messages/locked-text.ts';
import { renderNotHeld, renderWaitNote } from '../../src/messages/wait-text.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';

const holder = makeHolder();

describe('a wait in the queue tells how many others are ahead', () => {
  it.each([
    [0, 'so far. Nobody is ahead of this job in the queue.'],
    [1, 'so far. 1 other is ahead of this job in the queue.'],
    [2, 'so far. 2 others are ahead of this job in the queue.'],
    [undefined, 'so far.'],
  ])('in the log, %s', (ahead, end) => {
    const line = waitingLine(holder, { waitedMs: 60_000, timeoutMs: 600_000, ahead }, scope, NOW);
    expect(line.endsWith(end)).toBe(true);
  });

  it('in the comment on the pull request', () => {
    const note = { kind: 'waiting', holder, at: NOW, ahead: 2 } as const;
    expect(renderWaitNote(scope, note, '')).toContain(' 2 others are ahead of this run in the queue.</p>');
    expect(renderWaitNote(scope, { ...note, ahead: undefined }, '')).not.toContain('before it');
  });

  it("on the job's page, where it did not get the lock", () => {
    expect(renderNotHeld(scope, holder, { waitedMs: 1, ahead: 2 })).toContain('Ahead of it in the queue');
    expect(renderNotHeld(scope, holder, { waitedMs: 1, ahead: undefined })).not.toContain('queue');
  });
});
