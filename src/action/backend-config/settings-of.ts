import type { GivenSetting, GivenSettings, InputProblem } from '../../runner/inputs.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { type ArgumentRule, type AsInput, ruleOf } from './arguments.ts';
import { placeOf, problemAt, type WrittenArgument } from './source.ts';

/** What is collected while arguments become settings. */
interface Collector {
  readonly settings: Map<string, GivenSetting & { readonly argument: string }>;
  readonly problems: InputProblem[];
  /** Whether an input of the action wins over whatever is written. */
  readonly isInput: (name: string) => boolean;
}

/** One argument or one field of it, by its full name. */
interface Written extends WrittenArgument {
  readonly argument: string;
}

type Fields = Extract<ArgumentRule, { fields: unknown }>['fields'];

/** Turns the merged arguments of Terraform's S3 backend into settings by the names of inputs. Pure. */
export function settingsOf(
  written: ReadonlyMap<string, WrittenArgument>,
  isInput: (name: string) => boolean,
): GivenSettings {
  const collector: Collector = { settings: new Map(), problems: [], isInput };
  for (const [argument, { value, source }] of written) collect(collector, { argument, value, source });
  return collector;
}

function collect(collector: Collector, written: Written): void {
  const { argument, value } = written;
  const rule = ruleOf(argument);
  if (value.kind === 'block') {
    reject(collector, written, `write ${argument} = { ... }, with a =: it is no block`);
  } else if (rule === undefined) {
    reject(
      collector,
      written,
      `${argument} is no argument of Terraform's S3 backend: remove it or correct its name`,
    );
  } else if ('fields' in rule) collectFields(collector, written, rule.fields);
  else if ('refused' in rule) refuse(collector, written, rule.refused);
  else set(collector, written, rule);
}

function collectFields(collector: Collector, written: Written, fields: Fields): void {
  const { argument, value, source } = written;
  if (value.kind === 'object') {
    for (const [name, inner] of value.entries) {
      collectField(collector, { argument: `${argument}.${name}`, value: inner, source }, fields, name);
    }
  } else if (value.kind === 'expression') rejectExpression(collector, written, value.source);
  else if (value.kind !== 'null') reject(collector, written, `${argument} is an object: { name = "value" }`);
}

function collectField(collector: Collector, field: Written, fields: Fields, name: string): void {
  const rule = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rule === undefined) {
    reject(collector, field, `there is no ${field.argument}: remove it or correct its name`);
  } else if ('refused' in rule) refuse(collector, field, rule.refused);
  else set(collector, field, rule);
}

function set(collector: Collector, written: Written, { input, type }: AsInput): void {
  const { argument, value } = written;
  if (value.kind === 'null' || collector.isInput(input)) return;
  const source = expressionIn(value);
  const text = TEXT_OF[type](value);
  const other = collector.settings.get(input);
  if (source !== undefined) rejectExpression(collector, written, source);
  else if (text === undefined) reject(collector, written, `${argument} takes ${WANTED[type]}`);
  else if (other !== undefined) {
    reject(collector, written, `${argument} and ${other.argument} are the same setting: remove one of them`);
  } else {
    collector.settings.set(input, { text: emptyAs(input, text), from: placeOf(written), argument });
  }
}

function expressionIn(value: ConfigValue): string | undefined {
  if (value.kind === 'expression') return value.source;
  const inner = value.kind === 'object' ? value.entries.map(([, field]) => field) : [];
  const sources = [...inner, ...(value.kind === 'list' ? value.items : [])].map(expressionIn);
  return sources.find((source) => source !== undefined);
}

const WANTED = {
  text: 'one text, number or boolean',
  list: 'a list of texts: ["a", "b"]',
  map: 'an object of texts: { name = "value" }',
};

const TEXT_OF = { text: textOf, list: listText, map: mapText };

function textOf(value: ConfigValue): string | undefined {
  if (value.kind === 'text' || value.kind === 'number') return value.text;
  return value.kind === 'boolean' ? String(value.value) : undefined;
}

/** As the input takes it; none is as not given. */
function listText(value: ConfigValue): string | undefined {
  if (value.kind !== 'list') return undefined;
  const texts = value.items.map(textOf);
  if (texts.includes(undefined)) return undefined;
  return texts.length === 0 ? '' : JSON.stringify(texts);
}

function mapText(value: ConfigValue): string | undefined {
  if (value.kind !== 'object') return undefined;
  const pairs = value.entries.map(([name, inner]) => [name, textOf(inner)] as const);
  if (pairs.some(([, text]) => text === undefined)) return undefined;
  return pairs.length === 0 ? '' : JSON.stringify(Object.fromEntries(pairs));
}

const NONE_IN_QUOTES = new Set(['workspace_key_prefix', 'http_proxy', 'https_proxy', 'no_proxy']);

/** The empty text as these inputs write it; to all others it is as not given. */
function emptyAs(input: string, text: string): string {
  return text === '' && NONE_IN_QUOTES.has(input) ? '""' : text;
}

/** Refused is what would have an effect. */
function refuse(collector: Collector, written: Written, why: string): void {
  const { argument, value } = written;
  if (hasNoEffect(value)) return;
  const [whole] = argument.split('.');
  reject(collector, written, `${argument}: ${why}; take it out here by the line ${whole}= in backend_config`);
}

function hasNoEffect(value: ConfigValue): boolean {
  if (value.kind === 'null') return true;
  if (value.kind === 'list') return value.items.length === 0;
  if (value.kind === 'object') return value.entries.length === 0;
  return textOf(value) === '';
}

function rejectExpression(collector: Collector, written: Written, source: string): void {
  // A reference tells what is meant; anything longer may hold a secret.
  const shown = /^[\w.[\]-]{1,80}$/.test(source) ? ` (${source})` : '';
  reject(
    collector,
    written,
    `${written.argument} is not a constant${shown}: give it as an input or in backend_config`,
  );
}

function reject(collector: Collector, { source, value }: Written, text: string): void {
  collector.problems.push(problemAt(source, value.line, text));
}
