import { writeFile } from 'node:fs/promises';
import { type AwsClients, awsClients, createStateFixture, DUMMY_KEYS } from '../../__tests__/support/aws.ts';
import { type FaultProxy, startProxy } from '../../__tests__/support/proxy.ts';
import { createJob, type Job, type Stage } from '../../__tests__/support/runner.ts';
import { say, table } from '../demo/print.ts';

const LATENCY_MS = 50;
const STATE = JSON.stringify({
  version: 4,
  terraform_version: '1.11.4',
  serial: 1,
  lineage: '7ad2c2a5-6b0f-4b7e-8d1a-3c5f0e9b2d41',
  outputs: {},
  resources: [],
});

/** Time, round trips and calls of main and post where every call takes a while. */
export async function benchNetwork(motoUrl: string): Promise<void> {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl, { latencyMs: LATENCY_MS });
  const env = {
    AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  };
  const jobs = [await createJob({ env }), await createJob({ env })] as const;
  try {
    const rows = await measure(proxy, jobs, await makeInputs(clients, proxy.url));
    say(`With a role, ${LATENCY_MS} ms a call`);
    table([['stage', 'ms', 'round trips in sequence', 'calls'], ...rows]);
  } finally {
    for (const job of jobs) await job.dispose();
    await proxy.stop();
    clients.destroy();
  }
}

async function measure(
  proxy: FaultProxy,
  [first, second]: readonly [Job, Job],
  inputs: Record<string, string>,
): Promise<string[][]> {
  const rows: string[][] = [];
  const run = async (title: string, job: Job, stage: Stage) => {
    proxy.reset();
    const startedAt = performance.now();
    const result = await job.run(stage, stage === 'main' ? { with: inputs } : {});
    const ms = (performance.now() - startedAt).toFixed(0);
    if (result.exitCode !== 0) throw new Error(`${title} failed:\n${result.log}`);
    const calls = proxy.requests.map(({ operation }) => operation).join(', ');
    rows.push([title, ms, String(proxy.longestChain()), calls]);
    return result;
  };
  const { outputs } = await run('main, no state yet', first, 'main');
  await writeFile(outputs.state_path ?? '', STATE);
  await run('post, pushes', first, 'post');
  await run('main, pulls', second, 'main');
  await run('post, nothing to push', second, 'post');
  return rows;
}

async function makeInputs(clients: AwsClients, url: string): Promise<Record<string, string>> {
  const { bucket, table: locks, region, roleArn } = await createStateFixture(clients, { role: true });
  return {
    bucket,
    key: 'bench.tfstate',
    dynamodb_table: locks,
    region,
    role_arn: roleArn,
    endpoint: url,
    dynamodb_endpoint: url,
    sts_endpoint: url,
    use_path_style: 'true',
  };
}
