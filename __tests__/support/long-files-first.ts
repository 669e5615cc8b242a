import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long and do not look like it: vitest, which has not run them before, takes a small file for a short one. */
const LONG =
  /^__tests__\/(?:faults\/|model\/|packaged\/(?:checkpointer|memory|stale-break|stale-digest)\.test|interop\/(?:cancelled-apply|concurrency|repair)\.test)/;

/** Starts them before all others, so that none of them runs alone at the end, on one core. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.test(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
