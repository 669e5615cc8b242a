import { describe, expect, it } from 'vitest';
import { findChdir, findDirectory } from '../../src/runner/chdir-option.ts';

describe('the -chdir option of a Terraform', () => {
  it.each<[string[], string | undefined]>([
    [['terraform', '-chdir=mod', 'plan'], 'mod'],
    [['/opt/tofu', '-chdir=/src/a b', 'apply', '-auto-approve'], '/src/a b'],
    [['/bin/sh', '/usr/local/bin/terraform', '-chdir=mod', 'plan'], 'mod'],
    [['bash', '-e', '/usr/local/bin/terraform', '-chdir=mod', 'plan'], 'mod'],
    [['my-terraform', '-chdir=mod', 'plan'], 'mod'],
    [['terraform', '-version', '-chdir=mod'], 'mod'],
    [['terraform', 'plan'], undefined],
    [['terraform', 'plan', '-chdir=mod'], undefined],
    [['terraform', 'plan', '-var', 'x=1', 'terraform', '-chdir=mod'], undefined],
    [['terraform', '-chdir=', 'plan'], undefined],
    [['terraform', '-chdir', 'mod'], undefined],
    [['terraform'], undefined],
    [[], undefined],
  ])('of %j is %s', (args, chdir) => {
    expect(findChdir(args)).toBe(chdir);
  });

  it.each<[string, string, string | undefined, string | undefined, string]>([
    ['there is none', '/w', undefined, '/w', '/w'],
    ['it has not taken effect', '/w', 'mod', '/w', '/w/mod'],
    ['it has taken effect', '/w/mod', 'mod', '/w', '/w/mod'],
    ['it has not, in a folder of the same name', '/w/mod', 'mod', '/w/mod', '/w/mod/mod'],
    ['it is absolute', '/w', '/src/mod', '/w', '/src/mod'],
    ['it leads up', '/w/a', '../b', '/w/a', '/w/b'],
    ['it has led up', '/w/b', '../b', '/w/a', '/w/b'],
    ['it has led up, and the program that started it told no directory', '/w/b', '../b', '/else', '/w/b'],
    ['it leads nowhere else', '/w', '.', '/w', '/w'],
    ['it has not taken effect, and nobody told a directory', '/w', 'mod', undefined, '/w/mod'],
    ['it has taken effect, and nobody told a directory', '/w/a/mod', './a/mod/', undefined, '/w/a/mod'],
    ['the shell knows the directory by a link', '/real/mod', 'mod', '/link', '/real/mod'],
    ['it only leads up, and nobody told a directory', '/w', '..', undefined, '/w'],
  ])('counts once: %s', (_, cwd, chdir, startedIn, directory) => {
    expect(findDirectory(cwd, chdir, startedIn)).toBe(directory);
  });
});
