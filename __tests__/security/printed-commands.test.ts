import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import type { StateScope } from '../../src/backend/state-error.ts';
import {
  copyCommand,
  deleteLockCommand,
  deleteLockFileCommand,
  downloadCommand,
  forceUnlockCommand,
  repairDigestCommand,
  shellQuote,
  statePullCommand,
  statePushCommand,
} from '../../src/messages/commands.ts';
import { waysToFree, waysToFreeLock } from '../../src/messages/free-lines.ts';
import { recoveryLines } from '../../src/messages/recovery-lines.ts';
import { setupCommands } from '../../src/messages/setup-commands.ts';
import { makeHolder, scope } from '../job-state/scopes.ts';
import { CONTROL_TEXTS, MARK, SHELL_TEXTS } from './hostile-texts.ts';

const SHELLS = ['dash', 'bash'].filter((shell) => existsSync(`/bin/${shell}`));
const TEXTS = [...SHELL_TEXTS, ...CONTROL_TEXTS];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'printed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Pastes all printed lines, one after the other, into a shell with fake programs. Returns the arguments of these
 * programs.
 */
function paste(shell: string, lines: readonly string[], served = ''): string[][] {
  const log = join(folder, 'words');
  const record = `{ for word; do printf '%s\\0' "$word"; done; printf 'END\\0'; } >>"$LOG"`;
  const programs = [
    `aws() { ${record}; case "$*" in *" cp "*|*"s3 cp"*) printf %s "$SERVED";; esac; }`,
    `terraform() { ${record}; }`,
    `cp() { ${record}; }`,
  ];
  writeFileSync(log, '');
  const script = join(folder, 'script');
  writeFileSync(script, [...programs, ...lines, ''].join('\n'));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LOG: log,
    SERVED: served,
    AWS_SSE_CUSTOMER_KEY: 'a2V5',
  };
  try {
    execFileSync(`/bin/${shell}`, [script], { cwd: folder, env, stdio: 'pipe' });
  } catch {
    // That a word is refused is fine; what ran shows in the folder.
  }
  expect(existsSync(join(folder, MARK)), lines.join('\n')).toBe(false);
  const words = readFileSync(log, 'utf8').split('\0END\0');
  return words.map((call) => call.split('\0')).slice(0, -1);
}

/** A location with only hostile names, even where earlier validation would refuse them. */
function parseScope(text: string): StateScope {
  return {
    ...scope,
    address: {
      bucket: text,
      workspace: text,
      objectKey: text,
      lockFileKey: `${text}.tflock`,
      lockPath: `b/${text}`,
      digestPath: `b/${text}-md5`,
    },
    table: text,
    useLockfile: true,
    region: text,
    underCustomerKey: true,
    endpoints: { s3: text, dynamodb: text, sts: text },
  };
}

function allCommands(where: StateScope, text: string): string[] {
  const holder = makeHolder({ id: text, who: text, info: text });
  const setup = setupCommands(where);
  const commands = [
    forceUnlockCommand(where, text),
    statePullCommand(where, text),
    statePushCommand(where, text),
    deleteLockCommand(where, holder),
    deleteLockCommand(where, parseLockHolder(text)),
    deleteLockFileCommand(where, holder),
    deleteLockFileCommand(where, parseLockHolder(text)),
    repairDigestCommand(where, text),
    repairDigestCommand(where, ''),
    downloadCommand(where, text, text),
    copyCommand(text, 'rescued.tfstate'),
    copyCommand(text, text),
    setup.versioning,
    setup.encryption,
    setup.publicAccess,
    setup.table,
  ];
  return commands.flatMap((command) => command ?? []);
}

describe.each(SHELLS)('printed commands, pasted into %s', (shell) => {
  it('run nothing of a lock, whatever its text', ({ task }) => {
    task.meta.hostileInputs = TEXTS.length;
    for (const text of TEXTS) paste(shell, allCommands(scope, text), text);
  });

  it('run nothing of the names of bucket, key, workspace, table, region and endpoint', ({ task }) => {
    task.meta.hostileInputs = SHELL_TEXTS.length;
    for (const text of SHELL_TEXTS) paste(shell, allCommands(parseScope(text), text), text);
  });

  it('pass on their texts unchanged', ({ task }) => {
    const quoted = TEXTS.map((text) => ({ text, word: shellQuote(text) })).filter(({ word }) => word);
    task.meta.hostileInputs = quoted.length;
    const [words = []] = paste(shell, [`aws ${quoted.map(({ word }) => word).join(' ')}`]);
    expect(words).toEqual(quoted.map(({ text }) => text));
  });

  it('delete only the item of this lock, whatever it contains', ({ task }) => {
    task.meta.hostileInputs = TEXTS.length;
    const commands = TEXTS.map((text) => deleteLockCommand(scope, parseLockHolder(text)) ?? '');
    const calls = paste(shell, commands);
    const values = calls.map((words) => JSON.parse(words.at(-1) ?? '')[':info'].S);
    expect(values).toEqual(TEXTS);
  });
});

it('a command contains nothing that PowerShell reads differently: no $ and no backtick outside single quotes', ({
  task,
}) => {
  task.meta.hostileInputs = TEXTS.length;
  for (const text of TEXTS) {
    const word = shellQuote(text);
    if (word === undefined) continue;
    // In PowerShell, typographic quotes end a text, and a doubled quote is a quote.
    expect(word).toMatch(/^(?:[\w./:][\w./:=-]*|'[^'\u2018-\u201b]*'|"[^"$`\\!\u201c-\u201e]*")$/);
    expect(word).toMatch(/^[\u0020-\u007e\u00a0-\uffff]*$/);
  }
});

it("for a lock whose text can't be quoted, the error offers the unlock step or a description", ({ task }) => {
  const texts = TEXTS.filter((text) => shellQuote(text) === undefined);
  task.meta.hostileInputs = texts.length;
  const file: StateScope = { ...scope, table: undefined, useLockfile: true };
  for (const text of texts) {
    const lines = waysToFree(file, makeHolder({ id: text })).join('\n');
    expect(lines).not.toContain('force-unlock');
    expect(lines).toMatch(/^ {2}- \{ uses: .*lock_id: /m);
  }
  expect(waysToFree(file, makeHolder({ id: `x'$(y)` }))).toEqual([expect.stringMatching(/^ {2}- \{ uses: /)]);
  const expression = makeHolder({ id: `$${'{{'} secrets.KEY }}'\n` });
  expect(waysToFree(file, expression)).toEqual([expect.stringContaining('force: true')]);
  expect(waysToFreeLock(file, 'file', expression)).toEqual([expect.stringContaining('force: true')]);
});

it('a lock in two stores is never half deleted: both commands are printed or neither', () => {
  const both: StateScope = { ...scope, useLockfile: true };
  const lines = waysToFree(both, makeHolder({ who: `x'$(touch ${MARK})` }));
  expect(lines.join('\n')).not.toContain('aws ');
  expect(lines.join('\n')).toContain('lock_id: ');
});

it("a repair, a download and a recovery that can't be quoted are described in words", () => {
  const hostile = parseScope(`x'$(touch ${MARK})`);
  const lines = recoveryLines(hostile, 'push_refused', downloadCommand(hostile, 'k', 'f'));
  expect(lines.join('\n')).toContain('Copy it from where it is kept to rescued.tfstate.');
  expect(lines.join('\n')).not.toContain('touch');
});
