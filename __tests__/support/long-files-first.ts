import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long and do not look like it: vitest, which has not run them before, takes a small file for a short one. */
const LONG = /^__tests__\/(?:faults\/|model\/|packaged\/memory\.test|interop\/concurrency\.test)/;
/** Those that mostly wait, for heartbeats and time limits. Together they would leave the cores idle. */
const WAITING =
  /^__tests__\/(?:faults\/kill-break|packaged\/(?:checkpointer|stale-break|stale-digest)|interop\/(?:cancelled-apply|repair))\.test/;

/** How many of the others start after each that waits: one less than there are workers. */
const BESIDE_A_WAITING_ONE = 3;

/** Starts long files before all others, so that none of them runs alone at the end, on one core. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const kinds = Map.groupBy(sorted, ({ moduleId }) => {
      const file = relative(this.ctx.config.root, moduleId).replaceAll('\\', '/');
      return WAITING.test(file) ? 'waiting' : LONG.test(file) ? 'long' : 'short';
    });
    const long = kinds.get('long') ?? [];
    const mixed = (kinds.get('waiting') ?? []).flatMap((file) => [
      file,
      ...long.splice(0, BESIDE_A_WAITING_ONE),
    ]);
    return [...mixed, ...long, ...(kinds.get('short') ?? [])];
  }
}
