import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { findOnPath, missingPart } from './tools.ts';

/** Names the program that replaces `terraform` in all tests: `tofu`, a path, another release. */
const CHOICE = 'TERRAFORM_BINARY';

/** Whether the `terraform` of the tests is OpenTofu. */
export const isOpenTofu = basename(process.env[CHOICE] ?? '') === 'tofu';

/**
 * Puts the chosen program on PATH under the name `terraform`, so tests, jobs and printed commands all find it.
 * Undefined: none is chosen. A missing chosen one causes a loud message, and then there is no `terraform` at
 * all.
 */
export async function chooseTerraform(): Promise<{ remove(): Promise<void> } | undefined> {
  const choice = process.env[CHOICE];
  if (choice === undefined || choice === '') return undefined;
  const program = findOnPath(choice) ?? missingPart(choice, `not on PATH, which ${CHOICE} asks for`);
  const folder = await mkdtemp(join(tmpdir(), 'terraform-binary-'));
  // A dangling link hides any other program, and isn't found.
  await symlink(program ?? join(folder, 'missing'), join(folder, 'terraform'));
  const others = (process.env.PATH ?? '').split(delimiter).filter((path) => program || !hasTerraform(path));
  process.env.PATH = [folder, ...others].join(delimiter);
  return { remove: () => rm(folder, { recursive: true, force: true }) };
}

function hasTerraform(folder: string): boolean {
  return findOnPath('terraform', folder) !== undefined;
}
