import { basename, resolve } from 'node:path';

// setup-terraform and setup-opentofu replace the program with a script, and rename the program.
const TERRAFORM = /^(?:terraform|tofu)(?:-bin|[-_]v?\d.*)?$/;

/** Whether a program with this name is Terraform or OpenTofu. Pure. */
export function isTerraformName(name: string): boolean {
  return TERRAFORM.test(name);
}

/**
 * The folder that a Terraform gets with `-chdir`; undefined without one. `args`: the command line, with the shell in
 * front if Terraform's name is that of a script. Terraform reads the option before its command only. Pure.
 */
export function findChdir(args: readonly string[]): string | undefined {
  const program = args.findIndex((arg) => isTerraformName(basename(arg)));
  const options = args.slice(Math.max(0, program) + 1);
  const command = options.findIndex((arg) => !arg.startsWith('-'));
  const given = options.slice(0, command === -1 ? undefined : command);
  return given.find((arg) => arg.startsWith('-chdir='))?.slice('-chdir='.length) || undefined;
}

/**
 * The folder in which a Terraform works. A Terraform that has just started has not yet changed to the folder of its
 * `-chdir`. `cwd`: its working directory now; `startedIn`: the one in which a shell started it, if that is known. Pure.
 */
export function findDirectory(cwd: string, chdir: string | undefined, startedIn: string | undefined): string {
  if (chdir === undefined) return cwd;
  if (startedIn !== undefined && cwd !== startedIn && resolve(startedIn, chdir) === cwd) return cwd;
  const target = resolve(cwd, chdir);
  if (cwd === startedIn) return target;
  return hasArrived(cwd, chdir) ? cwd : target;
}

/** Whether a working directory may be the one that this relative path leads to. */
function hasArrived(cwd: string, chdir: string): boolean {
  if (chdir.startsWith('/')) return false;
  // What follows the steps up is the end of the path, wherever it started.
  const end = resolve('/', chdir);
  return end === '/' || cwd.endsWith(end);
}
