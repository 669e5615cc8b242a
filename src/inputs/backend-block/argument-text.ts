import type { ConfigValue } from '../../terraform-config/value.ts';

/** The source of an expression in the value, which only Terraform can evaluate; undefined when there is none. */
export function expressionIn(value: ConfigValue): string | undefined {
  if (value.kind === 'expression') return value.source;
  const inner = value.kind === 'object' ? value.entries.map(([, field]) => field) : [];
  const sources = [...inner, ...(value.kind === 'list' ? value.items : [])].map(expressionIn);
  return sources.find((source) => source !== undefined);
}

/** The value that an argument of each type accepts, in words. */
export const WANTED = {
  text: 'one string, number or boolean',
  boolean: 'true or false',
  list: 'a list of strings: ["a", "b"]',
  map: 'an object of strings: { name = "value" }',
};

/** The value in the form of the argument's input; undefined when it has another type. */
export const TEXT_OF = { text: toText, boolean: booleanText, list: listText, map: mapText };

function toText(value: ConfigValue): string | undefined {
  if (value.kind === 'text' || value.kind === 'number') return value.text;
  return value.kind === 'boolean' ? String(value.value) : undefined;
}

/** Terraform also accepts the strings `1` and `0`, but no number. */
function booleanText(value: ConfigValue): string | undefined {
  if (value.kind === 'number') return undefined;
  const text = toText(value);
  if (text === '1') return 'true';
  return text === '0' ? 'false' : text;
}

/** In the form of the input. An empty list counts as not given. */
function listText(value: ConfigValue): string | undefined {
  if (value.kind !== 'list') return undefined;
  const texts = value.items.map(toText);
  if (texts.includes(undefined)) return undefined;
  return texts.length === 0 ? '' : JSON.stringify(texts);
}

function mapText(value: ConfigValue): string | undefined {
  if (value.kind !== 'object') return undefined;
  const pairs = value.entries.map(([name, inner]) => [name, toText(inner)] as const);
  if (pairs.some(([, text]) => text === undefined)) return undefined;
  return pairs.length === 0 ? '' : JSON.stringify(Object.fromEntries(pairs));
}

const NONE_IN_QUOTES = new Set(['workspace_key_prefix', 'http_proxy', 'https_proxy', 'no_proxy']);

/** The empty text in the form of these inputs. For all others it means "not given". */
export function emptyAs(input: string, text: string): string {
  return text === '' && NONE_IN_QUOTES.has(input) ? '""' : text;
}

/** Whether Terraform treats the value as not given. */
export function hasNoEffect(value: ConfigValue): boolean {
  if (value.kind === 'null') return true;
  if (value.kind === 'list') return value.items.length === 0;
  if (value.kind === 'object') return value.entries.length === 0;
  return toText(value) === '';
}
