import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { node24 } from '../support/runner-environment.ts';
import { DIST } from '../support/runner-worker.ts';
import { checkpointedJob, stateAfter, untilPushed } from './checkpointed-job.ts';
import { describePackaged } from './support.ts';

const MODULE = JSON.stringify(join(DIST, 'compile-cache.js'));

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'compile-cache-'));
});
afterEach(() => rm(base, { recursive: true }));

/** Where Node keeps what it compiles, after a process was given these; empty when it keeps nothing. */
function cacheFor(saved: string | undefined, argument?: string): string {
  const program = `
    import { getCompileCacheDir } from 'node:module';
    import { useCompileCache } from ${MODULE};
    useCompileCache(${JSON.stringify(saved)}, ${JSON.stringify(argument)});
    process.stdout.write(getCompileCacheDir() ?? '');`;
  return execFileSync(node24(), ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

/** What Node says about its compile cache while it runs an entry that has nothing to do. */
function cacheReport(entry: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { stdout, stderr } = spawnSync(node24(), [join(DIST, `${entry}.js`), ...args], {
    encoding: 'utf8',
    env: { RUNNER_TEMP: base, NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...env },
    input: '',
  });
  return `${stdout}${stderr}`;
}

describe("the compile cache of a job's process", () => {
  it('gives post the code that the checkpointer compiled, under the settings of V8 that post has', () => {
    const bundle = /V8 code cache for ESM \S+\/dist\/index\.js was ([^,]+),/;
    expect(bundle.exec(cacheReport('checkpointer', [base]))?.[1]).toBe('not initialized');
    const session = { STATE_session: JSON.stringify({ privateDirectory: base }) };
    expect(bundle.exec(cacheReport('post', [], session))?.[1]).toBe('accepted');
  });

  it('is in the private directory, which the checkpointer gets as argument and post from the session', () => {
    const kept = join(base, 'compiled');
    expect(cacheFor(undefined, base)).toContain(kept);
    expect(cacheFor(JSON.stringify({ privateDirectory: base }))).toContain(kept);
  });

  it('is never read from a folder that others can write or that is a link', async () => {
    await symlink(base, join(base, 'link'));
    expect(cacheFor(undefined, join(base, 'link'))).toBe('');
    await chmod(base, 0o770);
    expect(cacheFor(undefined, base)).toBe('');
  });

  it('is omitted when there is no directory', () => {
    for (const saved of [undefined, '', '{', '[]', 'null', '{"privateDirectory":1}']) {
      expect(cacheFor(saved)).toBe('');
    }
    expect(cacheFor(undefined, join(base, 'gone'))).toBe('');
  });
});

describePackaged('the compile cache of a job with a checkpoint', () => {
  it("gives post S3's part as main compiled it, too", async () => {
    const { testbed, job } = await checkpointedJob();
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    await job.change(stateAfter(2));
    const post = await job.post({ env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } });
    expect(post.exitCode).toBe(0);
    expect(post.log).not.toContain('was rejected');
    const accepted = [...post.log.matchAll(/V8 code cache for ESM (\S+) was accepted/g)];
    // The bundle, S3's part, and what both share.
    expect(accepted.length).toBeGreaterThanOrEqual(3);
  });
});
