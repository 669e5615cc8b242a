import { parseExpression } from '../../terraform-config/body.ts';
import { toNormalForm } from '../../terraform-config/normal-form.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { findRule, PATH_INPUTS } from './arguments.ts';

/** One line of `backend_config`, equal to one `-backend-config` of `terraform init`. Lines start at 1. */
export type ConfigLine = { readonly line: number } & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'argument'; readonly name: string; readonly text: string }
);

/** Splits the input: a line with a `=` is an argument, any other the path of a file. Pure. */
export function configLines(input: string): ConfigLine[] {
  return input.split('\n').flatMap((whole, i): ConfigLine[] => {
    const text = whole.trim();
    const at = text.indexOf('=');
    const line = i + 1;
    if (text === '') return [];
    if (at === -1) return [{ kind: 'file', path: text, line }];
    return [{ kind: 'argument', name: text.slice(0, at), text: text.slice(at + 1), line }];
  });
}

/**
 * The value of a `key=value` line: the literal text in Unicode's normal form, which Terraform uses for all texts; for
 * objects and lists, their HCL. An empty value removes the argument. Errors: ConfigSyntaxError. Pure.
 */
export function lineValue(name: string, text: string, line: number): ConfigValue {
  const rule = findRule(name);
  const isText = rule === undefined || ('type' in rule && ['text', 'boolean'].includes(rule.type));
  if (isText) return { kind: 'text', text: toNormalForm(text), line };
  return text === '' ? { kind: 'null', line } : { ...parseExpression(text), line };
}

/** The fix for a `key=value` line with an obvious mistake. Never contains the value. Pure. */
export function findArgumentFix(name: string, text: string): string | undefined {
  const flagged = findFlagFix(name, text);
  if (flagged !== undefined) return flagged;
  if (/\s/.test(name)) return 'write NAME=VALUE, without spaces around the = and without quotes';
  if (/^(["']).*\1$/s.test(text)) {
    return `write ${name}=VALUE without the quotes: no shell removes them, so they would be part of the value`;
  }
  const isPath = PATH_INPUTS.has(name);
  if (text.includes('$(') || (text.includes('${') && !isPath)) {
    return `${name}: no shell expands this value: write it out, or insert it with a workflow expression, such as \${{ vars.NAME }}`;
  }
  return undefined;
}

/** The same for a line that names a missing file. Pure. */
export function findFileFix(path: string): string | undefined {
  const flagged = findFlagFix(path, undefined);
  if (flagged !== undefined) return flagged;
  return /\$[({]/.test(path)
    ? 'no shell expands this path: write it out, or insert it with a workflow expression'
    : undefined;
}

/** A line contains what follows `-backend-config=`, without that and without a shell's quotes. */
function findFlagFix(beginning: string, value: string | undefined): string | undefined {
  const isFlag = /^--?backend-config/.test(beginning);
  if (!isFlag && !/^["']/.test(beginning)) return undefined;
  const line = value === undefined ? 'the path of the file' : 'NAME=VALUE';
  return isFlag ? `write ${line} alone, without -backend-config` : `write ${line} without quotes`;
}
