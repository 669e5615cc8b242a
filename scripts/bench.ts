/**
 * Measures what the action costs: start-up of the bundle, time and round trips of main and post on a network with latency,
 * jobs that contend for one lock, time and memory for a large state. All but the first measure `dist/` as it is. Usage: npm run bench
 */
import { carryLargeState } from '../__tests__/packaged/large-state-job.ts';
import { startMoto } from '../__tests__/support/moto.ts';
import { benchContenders } from './bench/contenders.ts';
import { benchNetwork } from './bench/network.ts';
import { benchStartUp } from './bench/start-up.ts';
import { say, table } from './demo/print.ts';

const LARGE = { bytes: 256 * 1024 * 1024, resources: 20_000 };

async function benchLarge(motoUrl: string): Promise<void> {
  say(
    `A state of ${LARGE.bytes / 1024 / 1024} MiB with ${LARGE.resources} resources (the bound: 150 MB resident)`,
  );
  if (process.platform !== 'linux') {
    console.log('  is measured on Linux only.');
    return;
  }
  const { main, post } = await carryLargeState(motoUrl, LARGE);
  const rows = Object.entries({ main, post }).map(([stage, { seconds, peakBytes }]) => [
    stage,
    seconds.toFixed(1),
    (peakBytes / 1e6).toFixed(0),
  ]);
  table([['stage', 'seconds', 'MB resident at the peak'], ...rows]);
}

await benchStartUp();
const moto = await startMoto();
try {
  await benchNetwork(moto.url);
  await benchContenders(moto.url);
  await benchLarge(moto.url);
} finally {
  await moto.stop();
}
