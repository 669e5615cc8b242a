import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { limitYoungSpaceIfLarge } from '../backend/objects/limit-young-space.ts';
import { READ_CHUNK } from '../backend/state/hash-and-inspect.ts';
import { createPlanReader, type PlanCheck } from '../statefile/plan-changes.ts';
import { hasCode } from './disk.ts';

const MIB = 1024 * 1024;
const LARGEST_MIB = 1024;

/**
 * Reads from the output of `terraform show -json` what a plan does to resources, in constant memory except for the
 * addresses. An unusable or missing file is a result with a detail that says why.
 */
export async function readPlanJson(path: string): Promise<PlanCheck> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { kind: 'invalid', detail: 'it is not a file' };
    if (found.size > LARGEST_MIB * MIB) {
      return { kind: 'invalid', detail: `it is larger than ${LARGEST_MIB} MiB` };
    }
    limitYoungSpaceIfLarge(found.size);
    const reader = createPlanReader();
    // The file may still grow.
    const range = { end: LARGEST_MIB * MIB, highWaterMark: READ_CHUNK };
    for await (const chunk of createReadStream(path, range)) reader.write(chunk);
    return reader.end();
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return { kind: 'invalid', detail: 'there is no such file' };
    }
    if (hasCode(error, 'EACCES')) return { kind: 'invalid', detail: "this job's user can't read it" };
    throw error;
  }
}
