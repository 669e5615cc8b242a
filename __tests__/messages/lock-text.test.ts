import { describe, expect, it } from 'vitest';
import { type LockHolder, parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { describeHolding, findRunUrl, holderLines } from '../../src/messages/lock-text.ts';
import { plain } from '../../src/messages/plain.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';

const URL = 'https://github.com/acme/infra/actions/runs/123/attempts/2';

describe('the holder of a lock', () => {
  it('is shown in short form', () => {
    expect(describeLock(makeHolder())).toBe('held by alice@laptop (OperationTypeApply) for 12m');
    expect(describeLock(parseLockHolder('{'))).toBe("held by somebody whose lock can't be read");
    expect(describeLock(undefined)).toBe('held by somebody who released it before the action could read it');
  });

  it("is shown with every field and the lock's age", () => {
    expect(holderLines(makeHolder({ info: `see ${URL}` }), NOW).join('\n')).toMatchInlineSnapshot(`
      "  ID:        eaa41826-e2ca-bf32-14f3-1feeea8a0f1a
        Path:      b/k/app.tfstate
        Operation: OperationTypeApply
        Who:       alice@laptop
        Version:   1.11.4
        Created:   2026-01-02T02:52:05Z (12m ago)
        Info:      see https://github.com/acme/infra/actions/runs/123/attempts/2"
    `);
  });

  it('is shown verbatim when it is unreadable', () => {
    expect(holderLines(parseLockHolder('by \u001b[1mhand\n'), NOW).join('\n')).toMatchInlineSnapshot(`
      "  Neither this action nor Terraform can read the lock. Instead of a lock info it contains
        by \\u001b[1mhand\\u000a"
    `);
    expect(holderLines(parseLockHolder(undefined), NOW)[1]).toBe('  (missing)');
    expect(holderLines(parseLockHolder(''), NOW)[1]).toBe('  (nothing)');
    expect(holderLines(undefined, NOW).length).toBe(1);
  });

  it('is shortened to its beginning when 400 kB are stored', () => {
    const [, text = ''] = holderLines(parseLockHolder('x'.repeat(400_000)), NOW);
    expect(text.length).toBeLessThan(2_100);
    expect(text).toMatch(/x\.\.\. \(398000 characters more\)$/);
  });

  it('has no negative age with a slow clock', () => {
    expect(describeHolding(makeHolder(), scope, Date.UTC(2020, 0))).toContain('for 0s');
  });

  it.each([
    ['nothing here', undefined],
    [
      'run https://ghe.acme.com:8443/a/b/actions/runs/7, job x',
      'https://ghe.acme.com:8443/a/b/actions/runs/7',
    ],
    ['"http://h/a/b/actions/runs/7/attempts/1"', 'http://h/a/b/actions/runs/7/attempts/1'],
    ['https://github.com/acme/infra/pull/7', undefined],
  ])('links to the run page in %j', (info, url) => expect(findRunUrl(makeHolder({ info }))).toBe(url));

  it('links only to run pages on this server', () => {
    const info = (url: string) => makeHolder({ info: `repo, ${url} (a hint)` });
    expect(describeLock(info(URL))).toContain(`, ${URL}`);
    for (const url of [URL.replace('github.com', 'github.com.evil.example'), URL.replace('//', '//x@')]) {
      expect(describeLock(info(url))).not.toContain('http');
    }
    expect(describeHolding(info(URL), { githubServer: '' }, NOW)).not.toContain('http');
  });

  it("never sends other people's control characters to a terminal", () => {
    const evil = '\u001b[2J\u009b0m\u0007\n\u2028x';
    const holder = makeHolder({
      id: evil,
      operation: evil,
      who: evil,
      version: evil,
      path: evil,
      info: `https://h/${evil}/actions/runs/1 https://h/\u001b[2J\u009b/actions/runs/1`,
    });
    const texts = [describeLock(holder), ...holderLines(holder, NOW), plain(evil)];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(plain(evil)).toBe('\\u001b[2J\\u009b0m\\u0007\\u000a\\u2028x');
  });
});

function describeLock(holder: LockHolder | undefined): string {
  return describeHolding(holder, scope, NOW);
}
