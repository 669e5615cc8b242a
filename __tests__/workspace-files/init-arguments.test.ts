import { describe, expect, it } from 'vitest';
import { initArguments } from '../../src/workspace-files/init-arguments.ts';

describe('initArguments', () => {
  it.each([
    ['', '-reconfigure', []],
    ['-input=false', '-input=false -reconfigure', []],
    ['-reconfigure -upgrade', '-reconfigure -upgrade', []],
    ['-backend-config=prod.tfbackend', '-reconfigure', ['prod.tfbackend']],
    ['-backend-config "key=a b" -upgrade', '-upgrade -reconfigure', ['key']],
    ["--backend-config='secret_key=hush hush'", '-reconfigure', ['secret_key']],
    ['"-backend-config=key=x" -get=false', '-get=false -reconfigure', ['key']],
    ['-backend-config=key=a\\ b -input=false', '-input=false -reconfigure', ['key']],
    ['-plugin-dir="/a b/-backend-config=x"', '-plugin-dir="/a b/-backend-config=x" -reconfigure', []],
    ['-backend-config', '-reconfigure', ['']],
    ['-backend=false', '-backend=false -reconfigure', []],
  ])('%s becomes %s', (before, text, removed) => {
    expect(initArguments(before)).toEqual({ text, removed });
  });
});
