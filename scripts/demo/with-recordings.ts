import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awsClients, putItem, putObject } from '../../__tests__/support/aws.ts';
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

/** Without Terraform: states that it wrote are put where it would write them. */
export function recordedWorkload({ endpoint, bucket, key, table = '' }: S3BackendSettings): Workload {
  return {
    name: 'states that Terraform v1.11.4 wrote (no terraform is on PATH)',
    secrets: [],
    seed: async () => {
      const clients = awsClients(endpoint);
      const state = await readFile(FIRST);
      const digest = createHash('md5').update(state).digest('hex');
      await putObject(clients, bucket, key, state);
      await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: digest });
      clients.destroy();
    },
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
    makeExcerpt: (log) => log,
    planOnLaptop: async () => undefined,
  };
}
