import { parseExpression } from '../../terraform-config/body.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { ruleOf } from './arguments.ts';

/** One line of `backend_config`, as one `-backend-config` of `terraform init`; lines count from 1. */
export type ConfigLine = { readonly line: number } & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'argument'; readonly name: string; readonly text: string }
);

/** Takes the input apart: with a `=` a line is an argument, else a file's path. Pure. */
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
 * What a `key=value` line sets its argument to: the text as it is, but for Unicode's normal form, which Terraform brings all
 * texts into, and for objects and lists the HCL that it is.
 * Nothing behind the `=` takes the argument away. Errors: ConfigSyntaxError. Pure.
 */
export function lineValue(name: string, text: string, line: number): ConfigValue {
  const rule = ruleOf(name);
  const isText = rule === undefined || ('type' in rule && rule.type === 'text');
  if (isText) return { kind: 'text', text: text.normalize('NFC'), line };
  return text === '' ? { kind: 'null', line } : { ...parseExpression(text), line };
}
