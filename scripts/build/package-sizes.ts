import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/** Bytes of the bundle by package, in the order of their names. */
export type PackageSizes = Readonly<Record<string, number>>;

/** Growth of a package that nobody needs to look at. */
const TOLERANCE = 1.05;
/** Bytes: a package that is smaller may double. */
const SMALL = 2_000;

const Recorded = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.number()));

/** Sums the bytes of the modules by the package that each is of; our own are not counted. */
export function sumByPackage(modules: Iterable<readonly [path: string, bytes: number]>): PackageSizes {
  const sums = new Map<string, number>();
  for (const [path, bytes] of modules) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path.replaceAll('\\', '/'))?.[1];
    if (name !== undefined && bytes > 0) sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return Object.fromEntries([...sums].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What has grown by more than 5 %, or is new, a line each. */
export function findGrowth(before: PackageSizes, after: PackageSizes): string[] {
  return Object.entries(after).flatMap(([name, bytes]) => {
    const allowed = Math.max((before[name] ?? 0) * TOLERANCE, SMALL);
    return bytes <= allowed ? [] : [`${name}: ${before[name] ?? 0} bytes before, ${bytes} now`];
  });
}

/** Throws when the file is none of sizes. */
export function readSizes(path: string): PackageSizes {
  const { success, output, issues } = v.safeParse(Recorded, readFileSync(path, 'utf8'));
  if (!success) throw new Error(`${path} does not map packages to bytes: ${issues[0].message}`);
  return output;
}
