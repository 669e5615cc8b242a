/**
 * Measures what the action costs, beside a floor and beside the real Terraform: start-up, main, post and outputs on networks of
 * several latencies, the checkpointer, jobs that contend for one lock, a large state, buckets with many states,
 * workspaces or versions. Needs an idle machine and `dist/` as it
 * was built. Usage: npm run bench
 */
import { carryLargeState } from '../__tests__/packaged/large-state-job.ts';
import { startMoto } from '../__tests__/support/moto.ts';
import { benchBesideTerraform } from './bench/beside-terraform.ts';
import { benchCheckpointer } from './bench/checkpointer-cost.ts';
import { benchContenders } from './bench/contenders.ts';
import { benchFleet } from './bench/fleet.ts';
import { benchOutputs } from './bench/outputs.ts';
import { benchStartUp } from './bench/start-up.ts';
import { say, table } from './demo/print.ts';

const LARGE = { bytes: 256 * 1024 * 1024, resources: 20_000, withLookup: true };

async function benchLarge(motoUrl: string): Promise<void> {
  say(
    `A state of ${LARGE.bytes / 1024 / 1024} MiB with ${LARGE.resources} resources (the bound: 150 MB resident)`,
  );
  if (process.platform !== 'linux') {
    console.log('  is measured on Linux only.');
    return;
  }
  const { main, post, lookup } = await carryLargeState(motoUrl, LARGE);
  const stages = { main, post, 'outputs/ with a lookup': lookup };
  const rows = Object.entries(stages).map(([stage, cost]) => [
    stage,
    cost?.seconds.toFixed(1) ?? '',
    ((cost?.peakBytes ?? 0) / 1e6).toFixed(0),
  ]);
  table([['stage', 'seconds', 'MB resident at the peak'], ...rows]);
}

await benchStartUp();
benchOutputs();
const moto = await startMoto();
try {
  await benchBesideTerraform(moto.url);
  await benchCheckpointer(moto.url);
  await benchContenders(moto.url);
  await benchLarge(moto.url);
  await benchFleet();
} finally {
  await moto.stop();
}
