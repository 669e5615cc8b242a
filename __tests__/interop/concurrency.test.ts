import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startProxy } from '../support/proxy.ts';
import { watchLock } from './lock-watch.ts';
import { differs } from './opentofu.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
/**
 * The numbers of jobs and laptops. Fewer with both locks: it is the same race, and each terraform takes a second
 * to start.
 */
const CROWDS = [
  ['DynamoDB', 'item', 8, 3],
  ['both mechanisms', 'both', 5, 2],
] as const;
const LIMIT_MS = 300_000;
const setUp = sharedStates();

/** A job step that adds one resource to the pulled state, or makes the first state. */
async function addResource(path: string, exists: boolean, name: string): Promise<void> {
  const fresh = { version: 4, terraform_version: '1.5.0', serial: 0, lineage: randomUUID(), outputs: {} };
  const before = exists ? parseState(await readFile(path)) : { ...fresh, resources: [] };
  const attributes = { id: name, input: null, output: null, triggers_replace: null };
  const resource = {
    mode: 'managed',
    type: 'terraform_data',
    name,
    provider: 'provider["terraform.io/builtin/terraform"]',
    instances: [{ schema_version: 0, attributes, sensitive_attributes: [] }],
  };
  const resources = [...before.resources, resource];
  const after = { ...before, serial: before.serial + 1, resources, check_results: null };
  await writeFile(path, JSON.stringify(after));
}

async function runJob(state: SharedState, name: string): Promise<void> {
  const job = await state.job({ runId: name });
  const main = await job.run('main', { with: { ...state.inputs, lock_timeout: '5m' } });
  expect(main.log).not.toContain('##[error]');
  await addResource(main.outputs.state_path ?? '', main.outputs.state_exists === 'true', name);
  const post = await job.run('post', { omitInputs: true });
  expect(post.annotations).toEqual([]);
}

/**
 * A laptop that applies its own resource and leaves the others' alone. Terraform gives up, whatever its lock
 * timeout, when a lock vanishes before it has read its holder (docs/protocol.md#waiting-for-a-lock); a user then
 * tries again.
 */
async function runLaptop(state: SharedState, name: string): Promise<void> {
  const config = `resource "terraform_data" "${name}" {}`;
  const laptop = await state.laptop(config, { TF_APPEND_USER_AGENT: `writer/${name}` });
  const args = ['-auto-approve', '-lock-timeout=5m', `-target=terraform_data.${name}`];
  for (;;) {
    const { code, stderr } = await laptop.tryRun('apply', ...args);
    if (code === 0) return;
    const isVanished =
      differs('gives up waiting for a lock that vanishes') && stderr.includes('no lock info found');
    if (!isVanished) expect(stderr).toMatch(/unexpected end of JSON input|NoSuchKey/);
  }
}

describe.skipIf(!inject('terraform') || !motoUrl).for(CROWDS)(
  'a crowd (%s)',
  ([, lockedIn, jobCount, laptopCount]) => {
    it(
      `lets ${jobCount} jobs and ${laptopCount} real terraforms each add one thing: never two holders, nothing lost`,
      async () => {
        const proxy = await startProxy(motoUrl, { serialise: true });
        onTestFinished(proxy.stop);
        const state = await setUp({ endpoint: proxy.url, direct: motoUrl, lockedIn });
        const watch = watchLock(proxy, state, lockedIn === 'both');
        const jobs = Array.from({ length: jobCount }, (_, index) => `job_${index}`);
        const laptops = Array.from({ length: laptopCount }, (_, index) => `laptop_${index}`);
        const names = [...jobs, ...laptops].sort();
        await Promise.all([
          ...laptops.map((name) => runLaptop(state, name)),
          ...jobs.map((name) => runJob(state, name)),
        ]);

        expect(watch.violations).toEqual([]);
        expect([...watch.holders].sort()).toEqual(names);
        expect(watch.writes.map(({ writer }) => writer)).toEqual(watch.holders);
        // Waiting jobs take turns and meet few conflicts, so their number only shows that there was a race.
        expect(watch.conflicts).toBeGreaterThan(0);
        const serials = watch.writes.map(({ serial }) => serial);
        expect(serials).toEqual(names.map((_, index) => index + 1));
        expect(new Set(watch.writes.map(({ lineage }) => lineage)).size).toBe(1);

        const object = await state.object();
        expect(
          parseState(object)
            .resources.map(({ name }) => name)
            .sort(),
        ).toEqual(names);
        expect(await state.digest()).toBe(createHash('md5').update(object).digest('hex'));
        expect([await state.lockInfo(), await state.lockFile()]).toEqual([undefined, undefined]);
        const listed = await (await state.laptop()).run('state', 'list');
        expect(listed.trim().split('\n').sort()).toEqual(
          names.map((name) => `terraform_data.${name}`).sort(),
        );
      },
      LIMIT_MS,
    );
  },
);
