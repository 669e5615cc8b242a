import { describe, expect, it, vi } from 'vitest';
import { toAwsError } from '../../src/aws/errors.ts';
import { isOurs } from '../../src/backend/lock/lock-table.ts';
import { freezeFields, parseFreeze } from '../../src/backend/records/freeze.ts';
import { type LockHolder, parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { StateError } from '../../src/backend/state-error.ts';
import { explain } from '../../src/messages/explain.ts';
import { waysToFree, waysToFreeLock } from '../../src/messages/free-lines.ts';
import { renderFreeze, shownLine, thawedLine } from '../../src/messages/freeze-report.ts';
import { freezeJson, frozenLine } from '../../src/messages/freeze-text.ts';
import { holderJson } from '../../src/messages/holder-json.ts';
import { describeHolding, findRunPage, findRunUrl, holderLines } from '../../src/messages/lock-text.ts';
import { plain } from '../../src/messages/plain.ts';
import { takeoverSummary } from '../../src/messages/takeover-text.ts';
import type { LookedAt } from '../../src/messages/unlock-outcome.ts';
import { renderUnlock } from '../../src/messages/unlock-summary.ts';
import { explainUnlock, lockLines } from '../../src/messages/unlock-text.ts';
import { renderNotHeld, renderWaitNote } from '../../src/messages/wait-text.ts';
import { actionsRunner } from '../../src/runner/runner.ts';
import { runOfHolder } from '../../src/staleness/run-evidence.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';
import { CONTROL_TEXTS } from './hostile-texts.ts';

const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/;

/** An answer from a server in AWS's place, which controls every part of it. */
function answer(text: string) {
  const cause = Object.assign(new Error(text), {
    name: text,
    Code: text,
    Region: text,
    ServerTime: text,
    $metadata: { httpStatusCode: 400, requestId: text },
    CancellationReasons: [{ Code: text, Message: text }],
  });
  const context = { api: 'dynamodb:TransactWriteItems', resource: 'table locks', principal: text };
  const call = { region: 'eu-west-1', endpoint: undefined, identity: undefined, attempts: 1 };
  return toAwsError(cause, { ...context, ...call, aborted: false, now: NOW });
}

describe('the answer of an endpoint', () => {
  it('is shown without control characters or extra lines, in every part', ({ task }) => {
    task.meta.hostileInputs = CONTROL_TEXTS.length;
    const lines = explain(answer('x'), NOW).split('\n').length;
    for (const text of CONTROL_TEXTS) {
      const words = explain(answer(text), NOW);
      expect(words).not.toMatch(CONTROLS);
      expect(words.split('\n')).toHaveLength(lines);
    }
  });

  it("can't forge a line in the log", () => {
    const forged = 'X\n::error::forged\n##[error]forged\nThe lock was released.';
    expect(explain(answer(forged), NOW)).not.toMatch(/^(?:::|##|The lock)/m);
  });

  it('is shortened: only the beginning of a megabyte is shown', ({ task }) => {
    task.meta.hostileInputs = 3;
    const long = 'x'.repeat(1_000_000);
    expect(explain(answer(long), NOW).length).toBeLessThan(3_000);
    const reasons = Array.from({ length: 100_000 }, () => ({ Code: 'Evil', Message: 'y' }));
    const cause = Object.assign(new Error('no'), {
      name: 'TransactionCanceledException',
      CancellationReasons: reasons,
      $metadata: { httpStatusCode: 400 },
    });
    const { failure } = toAwsError(cause, answer('a').failure);
    expect(failure.reasons).toHaveLength(100);
  });
});

describe('the text of a lock', () => {
  it('is shown without control characters in every field', ({ task }) => {
    task.meta.hostileInputs = CONTROL_TEXTS.length * 5;
    for (const text of CONTROL_TEXTS) {
      const holder = makeHolder({ id: text, who: text, operation: text, info: text, path: text });
      for (const line of holderLines(holder, NOW)) expect(line).not.toMatch(CONTROLS);
      expect(describeHolding(holder, scope, NOW)).not.toMatch(CONTROLS);
    }
  });

  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img'],
    ['</td></tr></table>', '&lt;/td&gt;'],
    ['</code><a href="https://evil.example">log in</a>', '&lt;/code&gt;'],
    ['![x](https://evil.example/x.png)', '<code>!['],
    ['[log in](https://evil.example)', '<code>[log in]'],
    ['@everyone #1', '<code>@everyone'],
    ['https://evil.example/', '<code>https://evil'],
    ['`code` **bold**\n\n# Heading', '\\u000a\\u000a# Heading'],
    ['\u202egnp.exe', '\\u202egnp'],
  ])('is plain code on the page: %j', (who, shown) => {
    const lock = { store: 'item', holder: makeHolder({ who }), heartbeat: undefined, item: {} } as const;
    const reason = { kind: 'run_unknown', problem: { kind: 'unreachable', detail: who } } as const;
    const page = renderUnlock([{ code: 'not_stale', lock, reason }], scope, NOW);
    expect(page).toContain(shown);
    expect(page.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toMatch(/evil|onerror|everyone|Heading|gnp/);
  });

  it.each([
    '<img src=x onerror=alert(1)>',
    '</code><a href="https://evil.example">log in</a>',
    '![x](https://evil.example/x.png)',
    '@everyone #1',
    'https://evil.example/',
    '`code`\n\n# Heading',
  ])('of a freeze is plain code on the page and in a comment: %j', (text) => {
    const freeze = { until: NOW + 1_000, reason: text, by: text, runUrl: 'https://evil.example/run' };
    const holder = makeHolder(freezeFields(freeze));
    const end = { address: scope.address, freeze, isFrozen: true, holder };
    const pages = [
      renderFreeze('show', [end], scope),
      renderWaitNote(scope, { kind: 'waiting', holder, at: NOW }, ''),
      renderWaitNote(
        scope,
        { kind: 'waiting', holder: makeHolder({ who: text, operation: text }), at: NOW },
        '',
      ),
      renderNotHeld(scope, holder, { waitedMs: 1, ahead: 2 }),
      takeoverSummary(scope, [{ store: 'file', holder, heartbeat: undefined, etag: undefined }], NOW),
    ];
    for (const page of pages) {
      const rest = page.replaceAll(/<(code|pre)>[^<]*<\/\1>/g, '');
      expect(rest).not.toMatch(/evil|onerror|everyone|Heading/);
    }
  });

  it('of a freeze is shown on one line without control characters', ({ task }) => {
    task.meta.hostileInputs = CONTROL_TEXTS.length;
    for (const text of CONTROL_TEXTS) {
      const freeze = { until: NOW + 1_000, reason: text, by: text, runUrl: text };
      const holder = makeHolder(freezeFields(freeze));
      const end = { address: scope.address, freeze, isFrozen: true, holder };
      const wait = { leftMs: 1, timeoutMs: 1 };
      const lines = [
        frozenLine(holder, scope, wait) ?? '',
        thawedLine(end, { actor: text, run: text }, scope, NOW),
        shownLine(end, scope, NOW),
        JSON.stringify(freezeJson(freeze, scope)),
      ];
      for (const line of lines) {
        expect(line).not.toMatch(CONTROLS);
        expect(line).not.toContain('\n');
      }
    }
  });

  it('is parsed as a freeze in linear time', ({ task }) => {
    task.meta.hostileInputs = 3;
    const { operation } = freezeFields({ until: NOW, reason: '', by: '', runUrl: undefined });
    for (const piece of ['x froze this state: ', ' (to end it earlier, ', '(((']) {
      const holder = makeHolder({
        operation,
        info: `x froze this state: ${piece.repeat(400_000 / piece.length)}`,
      });
      const startedAt = performance.now();
      expect(parseFreeze(holder)?.until).toBe(NOW);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(explain(new StateError(frozenDetails(holder), scope), NOW).length).toBeLessThan(20_000);
    }
  });

  it('takes no more than a line on a page', () => {
    const holder = makeHolder({ who: 'w'.repeat(400_000), operation: 'o'.repeat(400_000) });
    expect(describeHolding(holder, scope, NOW).length).toBeLessThan(400);
    expect(holderLines(holder, NOW).join('\n').length).toBeLessThan(5_000);
  });

  it.each([
    'https://github.com.evil.example/a/b/actions/runs/1',
    'https://evil.example/https://github.evil/a/b/actions/runs/1',
    'https://github.com@evil.example/a/b/actions/runs/1',
    'https://user:secret@github.com/a/b/actions/runs/1',
    'https://github.com:8443/a/b/actions/runs/1',
    'http://github.com/a/b/actions/runs/1',
    'https://gıthub.com/a/b/actions/runs/1',
    'https://evil.example#https.github.com/a/b/actions/runs/1',
    'https://evil.example\\@github.com/a/b/actions/runs/1',
    'javascript:alert(1)//github.com/a/b/actions/runs/1',
  ])('links to no other server: %s', (info) => {
    const url = findRunPage(makeHolder({ info }), scope);
    expect(url === undefined ? 'https://github.com' : new URL(url).origin).toBe('https://github.com');
    expect(url ?? '').not.toContain('evil');
  });

  it('is searched for a link in linear time, and only where our locks have one', ({ task }) => {
    task.meta.hostileInputs = 3;
    for (const piece of ['https://', 'http://h/actions/runs/', '/actions/runs/1']) {
      expect(
        findRunUrl(makeHolder({ info: piece.repeat(400_000 / piece.length) }))?.length ?? 0,
      ).toBeLessThan(5_000);
    }
    expect(
      findRunUrl(makeHolder({ info: `${'x'.repeat(5_000)} https://github.com/a/b/actions/runs/1` })),
    ).toBeUndefined();
  });
});

function frozenDetails(holder: LockHolder) {
  const freeze = parseFreeze(holder) ?? { until: 0, reason: '', by: '', runUrl: undefined };
  return { reason: 'frozen', holder, freeze, leftMs: 1, waitedMs: 0 } as const;
}

const FIELDS = ['ID', 'Operation', 'Info', 'Who', 'Version', 'Created', 'Path'] as const;
const CREATED = '2026-01-02T02:52:05.123456789';

/** A lock with fields of these lengths, as an attacker may write it into the store. */
function lockOfLengths(lengths: Readonly<Partial<Record<(typeof FIELDS)[number], number>>>): string {
  const texts = FIELDS.map((name) => [name, 'x'.repeat(lengths[name] ?? 10)]);
  const created = `${CREATED.padEnd(lengths.Created ?? 0, '7')}Z`;
  return JSON.stringify({ ...Object.fromEntries(texts), Created: created });
}

describe('a field of a lock', () => {
  it.each(FIELDS)('is shortened on reading, whatever shows it later: %s', (field) => {
    const holder = parseLockHolder(lockOfLengths({ [field]: 380_000 }));
    expect(Object.keys(holder.info ?? {})).toHaveLength(FIELDS.length);
    for (const text of Object.values(holder.info ?? {})) expect(text.length).toBeLessThan(4_200);
    expect(holder.info?.created).toBe(`${CREATED}Z`);
  });

  it('of 4,096 characters is shown in full, and a longer one with the number of omitted characters', () => {
    expect(parseLockHolder(lockOfLengths({ Who: 4096 }))).toMatchObject({
      isCut: false,
      info: { who: 'x'.repeat(4096) },
    });
    expect(parseLockHolder(lockOfLengths({ Who: 5000 }))).toMatchObject({
      isCut: true,
      info: { who: `${'x'.repeat(4096)}... (904 characters more)` },
    });
  });

  it('is compared and deleted in full, to the last character', () => {
    const raw = lockOfLengths({ ID: 100_000, Info: 200_000 });
    expect(parseLockHolder(raw)).toMatchObject({ raw, id: 'x'.repeat(100_000) });
    // Two that differ beyond the bound are different.
    const other = parseLockHolder(raw.replace('x",', 'y",'));
    expect(other.info?.id).toBe(parseLockHolder(raw).info?.id);
    expect(isOurs(other, { id: 'x'.repeat(100_000), info: raw, heartbeatMs: undefined })).toBe(false);
  });

  it.each(FIELDS)('is printed with a bound in every text about the lock: %s', (field) => {
    const holder = parseLockHolder(lockOfLengths({ [field]: 380_000 }));
    const lock = {
      store: 'item',
      holder,
      heartbeat: undefined,
      item: { Info: { S: holder.raw ?? '' } },
    } as const;
    const reason = { kind: 'run_going_on' } as const;
    const outcomes: LookedAt[] = [
      { code: 'not_stale', lock, reason },
      { code: 'lock_id_differs', lock, lockId: 'other' },
      { code: 'released', lock },
      { code: 'frozen', lock },
    ];
    const texts = [
      ...outcomes.map((outcome) => explainUnlock([outcome], scope, NOW)),
      renderUnlock(outcomes, scope, NOW),
      JSON.stringify(holderJson(holder, scope)),
      waysToFree(scope, holder).join('\n'),
      waysToFreeLock(scope, 'item', holder).join('\n'),
      lockLines(scope, lock, NOW).join('\n'),
    ];
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(16_000);
  });

  it('that is shortened proves nothing about the run that holds the lock', () => {
    const run = 'https://github.com/a/b/actions/runs/1/attempts/1';
    const info = `${run} ${'x'.repeat(5_000)} ${run.replace('1/att', '2/att')}`;
    expect(runOfHolder(makeHolder({ info }), 'https://github.com')).toEqual({
      kind: 'none',
      reason: { kind: 'oversized' },
    });
    expect(runOfHolder(makeHolder({ info: run }), 'https://github.com')).toMatchObject({ kind: 'run' });
  });
});

describe('text that was not escaped earlier', () => {
  it('still reaches the log without control characters', ({ task }) => {
    task.meta.hostileInputs = CONTROL_TEXTS.length * 3;
    for (const text of CONTROL_TEXTS.filter((one) => !/[\n\r\t]/.test(one))) {
      const messages = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
      actionsRunner.info(text);
      actionsRunner.notice(text);
      actionsRunner.warning(text);
      const lines = messages.mock.calls.map(([chunk]) => String(chunk)).join('');
      messages.mockRestore();
      expect(lines).toContain(plain(text));
      expect(lines).not.toMatch(CONTROLS);
    }
  });
});
