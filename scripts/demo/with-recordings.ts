import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awsClients, putItem, putObject, readObject } from '../../__tests__/support/aws.ts';
import type { S3BackendSettings } from '../../__tests__/support/terraform.ts';
import { MODULE } from './testbed.ts';
import type { Workload } from './workload.ts';

const STATES = join(import.meta.dirname, '../../__tests__/fixtures/states');
const stateFile = (name: string) => join(STATES, `${name}.tfstate`);
// Of one lineage, and in this order Terraform wrote them.
const FIRST = stateFile('many-types');
const SECOND = stateFile('changed');
const THIRD = stateFile('destroyed');
const COPY = 'require("node:fs").copyFileSync(process.argv[1], process.argv[2]); console.log("changed")';
const HANG = `${COPY}; setTimeout(() => {}, 60_000)`;

const CHANGE = { address: 'terraform_data.approved', change: { actions: ['create'] } };
const PLAN_JSON = JSON.stringify({ format_version: '1.2', resource_changes: [CHANGE] });
const PLAN = [
  'const { writeFileSync } = require("node:fs")',
  'writeFileSync("tfplan", "stands for a plan")',
  `writeFileSync("plan.json", ${JSON.stringify(PLAN_JSON)})`,
  'console.log("planned")',
].join('; ');
const APPLY_PLAN = [
  'const { accessSync, readFileSync, writeFileSync } = require("node:fs")',
  'const [, plan, state] = process.argv',
  'accessSync(plan)',
  `const raise = (_, serial) => '"serial": ' + (Number(serial) + 1)`,
  'writeFileSync(state, readFileSync(state, "utf8").replace(/"serial": (\\d+)/, raise))',
  'console.log("applied")',
].join('; ');

function raiseSerial(state: string): string {
  return state.replace(/"serial": (\d+)/, (_, serial: string) => `"serial": ${Number(serial) + 1}`);
}

/** Without Terraform: states that it wrote are put where it would write them. */
export function recordedWorkload({ endpoint, bucket, key, table = '' }: S3BackendSettings): Workload {
  const store = async (state: Buffer): Promise<void> => {
    const clients = awsClients(endpoint);
    const digest = createHash('md5').update(state).digest('hex');
    await putObject(clients, bucket, key, state);
    await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: digest });
    clients.destroy();
  };
  return {
    name: 'states that Terraform v1.11.4 wrote (no terraform is on PATH)',
    secrets: [],
    seed: async () => await store(await readFile(FIRST)),
    checkOut: async (job) => {
      await mkdir(join(job.workspace, MODULE), { recursive: true });
    },
    change: async (job, statePath) => {
      return [await job.runStep('node', ['-e', COPY, SECOND, statePath])];
    },
    startLongChange: async (job, statePath) => {
      const running = await job.startStep('node', ['-e', HANG, THIRD, statePath]);
      await running.waitForLine(/changed/);
      return running;
    },
    plan: async (job) => [await job.runStep('node', ['-e', PLAN], { cwd: MODULE })],
    applyPlan: async (job, planPath, statePath) => [
      await job.runStep('node', ['-e', APPLY_PLAN, planPath, statePath]),
    ],
    changeOnLaptop: async () => {
      const clients = awsClients(endpoint);
      const state = await readObject(clients, bucket, key);
      clients.destroy();
      await store(Buffer.from(raiseSerial(state?.toString('utf8') ?? '')));
    },
    makeExcerpt: (log) => log,
    planOnLaptop: async () => undefined,
  };
}
