/** The arguments that `terraform init` gets from the environment, and those that had to be removed. */
export interface InitArguments {
  /** The value for TF_CLI_ARGS_init. */
  readonly text: string;
  /** The names of the `-backend-config` arguments that don't apply to the backend of a held state. */
  readonly removed: readonly string[];
}

const RECONFIGURE = '-reconfigure';
// Terraform splits the variable in the same way: at spaces, with quotes and backslashes as in a shell.
const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;
const BACKEND_CONFIG = /^["']?--?backend-config(?:["']?$|=)/;

/**
 * Adds `-reconfigure`, without which `terraform init` refuses a change of the backend, and removes `-backend-config`,
 * which a local backend refuses. Everything else stays as written. Pure.
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

/** A value may be secret. The name of an argument or a file is not. */
function parseName(value: string): string {
  return value.replaceAll(/["']/g, '').split('=')[0] ?? '';
}
