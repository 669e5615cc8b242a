import { describe, expect, it } from 'vitest';
import { findGrowth, sumByPackage } from '../../scripts/build/package-sizes.ts';

describe('the share of packages in the bundle', () => {
  it('is summed by package, wherever each is installed, and without our own modules', () => {
    const modules = [
      ['/x/node_modules/@aws-sdk/core/dist-es/a.js', 10],
      ['/x/node_modules/a/node_modules/@aws-sdk/core/b.js', 5],
      ['/x/node_modules/valibot/index.js', 7],
      ['/x/node_modules/unused/index.js', 0],
      ['/x/lib/main.js', 9],
    ] as const;
    expect(sumByPackage(modules)).toEqual({ '@aws-sdk/core': 15, valibot: 7 });
  });

  it('may grow by 5 %, or while it is small', () => {
    expect(findGrowth({ a: 10_000 }, { a: 10_500, b: 2_000 })).toEqual([]);
    expect(findGrowth({ a: 10_000, gone: 5_000 }, { a: 10_501, b: 2_001 })).toEqual([
      'a: 10000 bytes before, 10501 now',
      'b: 0 bytes before, 2001 now',
    ]);
  });
});
