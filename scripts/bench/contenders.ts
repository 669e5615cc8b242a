import { contend, describeGaps } from '../../__tests__/model/contenders.ts';
import { say } from '../demo/print.ts';

const CONTENDERS = 50;

/** How long a lock that is released stays free while others wait for it. */
export async function benchContenders(motoUrl: string): Promise<void> {
  say(`${CONTENDERS} jobs that want the same lock at once`);
  const { gaps, tries, seconds, counter } = await contend(motoUrl, CONTENDERS);
  console.log(`  ${counter} held it, one after the other, in ${seconds.toFixed(0)} s with ${tries} tries.`);
  console.log(`  From release to the next acquire: ${describeGaps(gaps)}.`);
}
