/** What `terraform init` gets from the environment, and what had to be taken out of it. */
export interface InitArguments {
  /** The value for TF_CLI_ARGS_init. */
  readonly text: string;
  /** The names of the `-backend-config` arguments that are of no use to the backend of a held state. */
  readonly removed: readonly string[];
}

const RECONFIGURE = '-reconfigure';
// As Terraform splits the variable: by blanks, with quotes and backslashes as in a shell.
const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;
const BACKEND_CONFIG = /^["']?--?backend-config(?:["']?$|=)/;

/**
 * Adds `-reconfigure`, without which `terraform init` refuses a change of the backend, and takes `-backend-config` out,
 * which a local backend refuses. Everything else stays as it is written. Pure.
 */
export function initArguments(before: string): InitArguments {
  const kept: string[] = [];
  const removed: string[] = [];
  const words = before.match(WORD) ?? [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!BACKEND_CONFIG.test(word)) {
      kept.push(word);
      continue;
    }
    const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : (words[++i] ?? '');
    removed.push(parseName(value));
  }
  if (!kept.includes(RECONFIGURE) && !kept.includes(`-${RECONFIGURE}`)) kept.push(RECONFIGURE);
  return { text: kept.join(' '), removed };
}

/** A value may be secret; the name of an argument, and that of a file, is not. */
function parseName(value: string): string {
  return value.replaceAll(/["']/g, '').split('=')[0] ?? '';
}
