import { describe, expect, it } from 'vitest';
import { freezeFields } from '../../src/backend/records/freeze.ts';
import { StateError } from '../../src/backend/state-error.ts';
import { explain } from '../../src/messages/explain.ts';
import { freezeJson, frozenLine } from '../../src/messages/freeze-text.ts';
import { takeoverSummary, takeoverText } from '../../src/messages/takeover-text.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';

const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const HOUR = 3_600_000;
const freeze = { until: NOW + 76.5 * HOUR, reason: 'release week', by: 'octocat@acme/infra', runUrl: RUN };
const holder = makeHolder(freezeFields(freeze));

function explained(change: Partial<typeof freeze> = {}, leftMs = 76.5 * HOUR): string {
  const frozen = { ...freeze, ...change };
  const holder = makeHolder(freezeFields(frozen));
  const details = { reason: 'frozen', holder, freeze: frozen, leftMs, waitedMs: 0 } as const;
  return explain(new StateError(details, scope), NOW);
}

describe('a state that is frozen', () => {
  it('is reported with its end, reason, author and what to do', () => {
    const text = explained();
    const [first, second] = text.split('\n');
    expect(first).toBe(
      'The state b/k/app.tfstate is frozen until 2026-01-05T07:34:05Z by octocat@acme/infra: release week.',
    );
    expect(second).toContain('ends by itself in 3d 4h');
    expect(second).toContain('lock_timeout: 77h');
    expect(text).toContain('{ uses: acme/terraform-s3-state/freeze@v1, with: { bucket: b');
    expect(text).toContain('command: thaw } }');
    expect(text).toContain(`terraform force-unlock ${holder.info?.id}`);
    expect(text).toContain(`Info:      ${RUN} froze this state`);
  });

  it('has a first line below 300 characters and no control characters, however long its reason', () => {
    const text = explained({ reason: `\u001b[31m::error::\r${'x'.repeat(9_000)}`, by: 'y'.repeat(9_000) });
    expect(text.split('\n')[0]?.length).toBeLessThan(300);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('suggests a lock_timeout in minutes when the end is near', () => {
    expect(explained({}, 90_000)).toContain('lock_timeout: 3m.');
  });

  it('is reported in one line while a step waits for it', () => {
    expect(frozenLine(holder, scope, { leftMs: 80 * HOUR, timeoutMs: 81 * HOUR })).toBe(
      `Frozen until 2026-01-05T07:34:05Z by octocat@acme/infra: release week (${RUN}). Waiting for its end; lock_timeout (3d 9h) leaves 3d 8h.`,
    );
    expect(frozenLine(makeHolder(), scope, { leftMs: 1, timeoutMs: 1 })).toBeUndefined();
  });

  it('links to no other server', () => {
    for (const runUrl of ['https://evil.example/a', 'https://u:p@github.com/a', 'javascript:alert(1)']) {
      expect(freezeJson({ ...freeze, runUrl }, scope).run).toBeNull();
    }
    expect(freezeJson(freeze, scope).run).toBe(RUN);
  });
});

it('does not describe an expired freeze that was taken over as an ended run', () => {
  const lock = { store: 'file', holder, heartbeat: undefined, etag: undefined } as const;
  expect(takeoverText(scope, [lock], NOW)).toMatch(
    /^Ended the freeze of b\/k\/app.tfstate in .*, which was past its end/,
  );
  expect(takeoverSummary(scope, [lock], NOW)).toContain('freeze ended');
});
