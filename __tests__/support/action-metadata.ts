import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

/** One declared input of an action. */
export interface DeclaredInput {
  /** The default as written, expressions unevaluated; undefined when none is given. */
  readonly default: string | undefined;
  readonly deprecationMessage: string | undefined;
}

/** What the runner needs from an action.yml. */
export interface ActionMetadata {
  readonly name: string;
  /** Absolute paths of the entry files; undefined when not declared. */
  readonly main: string | undefined;
  readonly post: string | undefined;
  readonly postIf: string;
  readonly inputs: ReadonlyMap<string, DeclaredInput>;
  readonly outputs: readonly string[];
}

/** INPUT_* of a stage, and the runner's warnings. */
export interface InputEnvironment {
  readonly env: Record<string, string>;
  readonly warnings: string[];
}

type Mapping = Record<string, unknown>;

/** What was parsed, by its text: every stage of every job reads the same few files. */
const parsed = new Map<string, Mapping>();

/** Reads `action.yml` of a folder. Throws when it is missing or is no JavaScript action for node24. */
export function readActionMetadata(actionDir: string): ActionMetadata {
  const action = parseOnce(readFileSync(join(actionDir, 'action.yml'), 'utf8'));
  const runs = mapping(action.runs);
  if (runs.using !== 'node24')
    throw new Error(`${actionDir}: runs.using is ${String(runs.using)}, not node24`);
  const entry = (name: 'main' | 'post') =>
    runs[name] === undefined ? undefined : resolve(actionDir, String(runs[name]));
  const inputs = Object.entries(mapping(action.inputs)).map(([name, value]): [string, DeclaredInput] => {
    const declared = mapping(value);
    return [name, { default: text(declared.default), deprecationMessage: text(declared.deprecationMessage) }];
  });
  return {
    name: String(action.name ?? actionDir),
    main: entry('main'),
    post: entry('post'),
    postIf: String(runs['post-if'] ?? 'always()'),
    inputs: new Map(inputs),
    outputs: Object.keys(mapping(action.outputs)),
  };
}

function parseOnce(text: string): Mapping {
  const action = parsed.get(text) ?? mapping(parse(text));
  parsed.set(text, action);
  return action;
}

/**
 * Computes INPUT_* as the runner does: a default only where `with` lacks the key, an explicit empty string
 * stays, undeclared keys are passed with a warning, `required` is not enforced (docs/runner.md#environment).
 * `context` holds the values of expressions allowed in defaults, such as `github.token`.
 */
export function inputEnvironment(
  { inputs }: ActionMetadata,
  given: Record<string, string>,
  context: Record<string, string>,
): InputEnvironment {
  const env: Record<string, string> = {};
  const declared = new Map([...inputs].map(([name, input]) => [name.toLowerCase(), input]));
  for (const [name, input] of inputs) env[toVariable(name)] = evaluate(input.default ?? '', context);
  for (const [name, value] of Object.entries(given)) env[toVariable(name)] = value;
  const names = Object.keys(given);
  const unexpected = names.filter((name) => !declared.has(name.toLowerCase())).map((name) => `'${name}'`);
  const valid = [...inputs.keys()].map((name) => `'${name}'`).join(', ');
  const warnings = names.flatMap((name) => {
    const message = declared.get(name.toLowerCase())?.deprecationMessage;
    return message === undefined ? [] : [`Input '${name}' has been deprecated with message: ${message}`];
  });
  if (unexpected.length > 0) {
    warnings.unshift(`Unexpected input(s) ${unexpected.join(', ')}, valid inputs are [${valid}]`);
  }
  return { env, warnings };
}

/** Evaluates a `post-if` of status functions only; throws for any other expression. */
export function conditionHolds(expression: string, status: 'success' | 'failure' | 'cancelled'): boolean {
  const [, not, name] = /^(!?)(always|success|failure|cancelled)\(\)$/.exec(expression.trim()) ?? [];
  if (name === undefined) throw new Error(`the harness cannot evaluate the condition ${expression}`);
  return (name === 'always' || name === status) !== (not === '!');
}

/** Spaces become `_` and letters upper case; dashes stay. */
function toVariable(input: string): string {
  return `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`;
}

function evaluate(value: string, context: Record<string, string>): string {
  return value.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (whole, expression: string) => {
    const found = context[expression];
    if (found === undefined) throw new Error(`an input's default cannot hold ${whole}`);
    return found;
  });
}

function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
