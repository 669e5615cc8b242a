/**
 * Runs what checks the project without a test, side by side, since neither of them keeps two cores busy: lint, types and the check of
 * `dist/`. Prints the output of each when it ends, and fails if one of them does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const CHECKS = ['check-dist', 'types', 'lint'];

async function check(name: string): Promise<void> {
  const child = spawn(process.execPath, ['--run', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  process.stdout.write(`${name} ${code === 0 ? 'passes' : 'fails'}\n${output}`);
  process.stderr.write(errors);
  if (code !== 0) process.exitCode = 1;
}

await Promise.all(CHECKS.map(check));
