import { quoteKey } from './address.ts';

/** A step from a value to one of its parts: the name of an attribute, or an index. */
export interface LookupStep {
  readonly kind: 'name' | 'number' | 'string';
  readonly text: string;
}

/** An attribute of a resource's instance, or of all its instances. */
export interface ResourceLookup {
  /** The workflow's name for it. */
  readonly name: string;
  /** In the state's form: `module.a["x"].module.b`; empty for the root. A wildcard index joins each two parts. */
  readonly moduleParts: readonly string[];
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly resource: string;
  /** Undefined when the resource has neither `count` nor `for_each`. */
  readonly key: { readonly kind: 'number' | 'string'; readonly text: string } | 'all' | undefined;
  /** Not empty. The first step is the name of an attribute. */
  readonly path: readonly LookupStep[];
}

type Token = LookupStep | { readonly kind: 'all'; readonly text: string };

/** Terraform writes a splat as `[*]`, or in the older form as `.*`. */
const TOKEN =
  /(?:\.|^)([\p{ID_Start}_][\p{ID_Continue}-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|(\[\*\]|\.\*)/uy;

/**
 * Parses an address followed by an attribute, such as `module.x.aws_vpc.main[0].id`; undefined for any other text.
 * Pure.
 */
export function parseLookup(name: string, text: string): ResourceLookup | undefined {
  const tokens = tokenize(text);
  const found = tokens && readModule(tokens);
  if (found === undefined) return undefined;
  const isData = found.rest[0]?.kind === 'name' && found.rest[0].text === 'data';
  const [type, resource, ...rest] = isData ? found.rest.slice(1) : found.rest;
  if (type?.kind !== 'name' || resource?.kind !== 'name') return undefined;
  const key = readInstanceKey(rest[0]);
  const path = readPath(key === undefined ? rest : rest.slice(1));
  if (path === undefined) return undefined;
  const mode = isData ? 'data' : 'managed';
  const { moduleParts } = found;
  return { name, moduleParts, mode, type: type.text, resource: resource.text, key, path };
}

/** The leading module calls, in the state's form. */
function readModule(
  tokens: readonly Token[],
): { readonly moduleParts: readonly string[]; readonly rest: readonly Token[] } | undefined {
  const parts: string[] = [];
  let part = '';
  let rest = tokens;
  while (rest[0]?.kind === 'name' && rest[0].text === 'module') {
    const [, call, index] = rest;
    if (call?.kind !== 'name') return undefined;
    const isFirst = parts.length === 0 && part === '';
    part += `${isFirst ? '' : '.'}module.${call.text}`;
    if (index?.kind === 'all') {
      parts.push(part);
      part = '';
    } else part += printIndex(index);
    rest = rest.slice(index === undefined || index.kind === 'name' ? 2 : 3);
  }
  return { moduleParts: [...parts, part], rest };
}

function printIndex(token: Token | undefined): string {
  if (token?.kind === 'number') return `[${token.text}]`;
  return token?.kind === 'string' ? `[${quoteKey(token.text)}]` : '';
}

function readPath(tokens: readonly Token[]): LookupStep[] | undefined {
  const path = tokens.flatMap((token) => (token.kind === 'all' ? [] : [token]));
  return path.length === tokens.length && path[0]?.kind === 'name' ? path : undefined;
}

function readInstanceKey(token: Token | undefined): ResourceLookup['key'] {
  if (token?.kind === 'all') return 'all';
  return token?.kind === 'number' || token?.kind === 'string'
    ? { kind: token.kind, text: token.text }
    : undefined;
}

function tokenize(text: string): Token[] | undefined {
  if (text.startsWith('.')) return undefined;
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const token = toToken(match);
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

function toToken([, name, number, string, all]: RegExpExecArray): Token | undefined {
  if (name !== undefined) return { kind: 'name', text: name };
  if (number !== undefined) return { kind: 'number', text: String(BigInt(number)) };
  if (all !== undefined) return { kind: 'all', text: all };
  const text = unquote(string ?? '');
  return text === undefined ? undefined : { kind: 'string', text };
}

/** Resolves a quoted key: JSON's escapes, and `$${` and `%%{`, which stand for the start of a template. Undefined when it is invalid. Pure. */
export function unquote(quoted: string): string | undefined {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' ? text.replace(/([$%])\1\{/g, '$1{') : undefined;
  } catch {
    return undefined;
  }
}
