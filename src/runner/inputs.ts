import { quoteNothing, quoteShortly } from '../text/quote.ts';
import { parseDuration } from '../time/duration.ts';

/** The environment that the runner passes to an action. Nothing here reads `process.env` itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One problem with the inputs: the input, its value (never a secret's), and the fix. */
export interface InputProblem {
  readonly input: string;
  readonly value: string | undefined;
  readonly fix: string;
}

/** A setting from a place other than an input, and that place: a file and its line. */
export interface GivenSetting {
  readonly text: string;
  readonly from: string;
  /** Whether errors may quote its beginning: not if a link in the checkout leads outside. */
  readonly isQuotable: boolean;
}

/** Settings that replace missing inputs, by the names of inputs, and the problems with them. */
export interface GivenSettings {
  readonly settings: ReadonlyMap<string, GivenSetting>;
  readonly problems: readonly InputProblem[];
  /** Inputs that may be given in the part with a problem. If one of them is missing, that is not a separate problem. */
  readonly unread: ReadonlySet<string>;
  /** Absolute: the base of relative paths among the settings; undefined when there are none. */
  readonly folder: string | undefined;
}

export const NOTHING_GIVEN: GivenSettings = {
  settings: new Map(),
  problems: [],
  unread: new Set(),
  folder: undefined,
};

/**
 * Reads inputs strictly and collects every problem instead of stopping at the first. An empty input means "not given",
 * which is the result of `${{ inputs.unset }}` (docs/design.md#inputs-are-read-once).
 */
export interface InputReader {
  /** The trimmed text of an input, or undefined when it is empty or not given. */
  text(name: string): string | undefined;
  /** The trimmed lines of an input, with the empty ones; undefined when it is empty or not given. */
  lines(name: string): readonly string[] | undefined;
  /**
   * The text of an input that sets a condition; undefined without one, which is the meaning of its default `none`. An
   * empty input is a value that was lost on its way, so it is a problem.
   */
  gate(name: string, none: string): string | undefined;
  /** `true` or `false`, in the spellings of YAML; anything else is a problem. */
  boolean(name: string): boolean | undefined;
  /** A whole number of at least `minimum`. */
  integer(name: string, minimum: number): number | undefined;
  /** Milliseconds of a duration in Terraform's syntax. */
  duration(name: string): number | undefined;
  /** One of `options`. */
  choice<const Option extends string>(name: string, options: readonly Option[]): Option | undefined;
  /** A non-empty environment variable: the first of `names` that is set. */
  environment(...names: string[]): string | undefined;
  /** Absolute: the base of a relative path that comes from another place; undefined for the input's own. */
  folder(name: string): string | undefined;
  /** The value of an input, or a part of it, in the form that a warning may show. */
  quote(text: string): string;
  /** Records a problem that only the caller can see (rules across inputs). Without a value, the input is missing. */
  reject(input: string, value: string | undefined, fix: string): void;
  /** All problems so far, in order. */
  readonly problems: readonly InputProblem[];
}

const TRUE = new Set(['true', 'True', 'TRUE']);
const FALSE = new Set(['false', 'False', 'FALSE']);

/** The runner's name for an input: spaces become underscores, then upper case (docs/runner.md#environment). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Creates a reader of one environment. What is given elsewhere has lower precedence than its inputs. Pure. */
export function createInputReader(env: Environment, given = NOTHING_GIVEN): InputReader {
  const problems: InputProblem[] = [...given.problems];
  const own = (name: string): string | undefined => env[inputVariable(name)]?.trim() || undefined;
  const text = (name: string): string | undefined =>
    own(name) ?? (given.settings.get(name)?.text || undefined);
  const hidden = [...given.settings.values()].filter(({ isQuotable }) => !isQuotable);
  const reject = (input: string, value: string | undefined, fix: string): void => {
    if (value === undefined && given.unread.has(input)) return;
    const isGiven = value !== undefined && own(input) === undefined;
    const setting = isGiven ? given.settings.get(input) : undefined;
    // The fix for one setting may show another one.
    const unshown = [setting, ...hidden.filter(({ text }) => `${value} ${fix}`.includes(text))];
    const secret = unshown.find((one) => one?.isQuotable === false);
    if (secret !== undefined) problems.push({ input, value: quoteNothing(''), fix: hiddenFix(secret) });
    else if (setting === undefined || value === undefined) problems.push({ input, value, fix });
    else {
      problems.push({ input, value: quoteShortly(value), fix: `it comes from ${setting.from}; ${fix}` });
    }
  };

  function parsed<Value>(name: string, parse: (value: string) => Value | undefined, fix: string) {
    const value = text(name);
    if (value === undefined) return undefined;
    const result = parse(value);
    if (result === undefined) reject(name, value, fix);
    return result;
  }

  // The runner uses an input's default only when nothing sets the input.
  const gate = (name: string, none: string): string | undefined => {
    const value = env[inputVariable(name)]?.trim() ?? none;
    if (value === none) return undefined;
    if (value !== '') return value;
    reject(
      name,
      '',
      `it is empty, so it guards nothing. A job output is empty when its job did not set it, or when GitHub dropped it because it contains masked text. Pass the value, or leave the input out (or ${none}) for no check`,
    );
    return undefined;
  };

  // A block of YAML ends with one line break, which begins no line.
  const lines = (name: string): readonly string[] | undefined => {
    const trimmed = text(name);
    if (trimmed === undefined) return undefined;
    const whole = own(name) === undefined ? trimmed : (env[inputVariable(name)] ?? '');
    return whole
      .replace(/\r?\n$/, '')
      .split('\n')
      .map((line) => line.trim());
  };

  return {
    text,
    lines,
    gate,
    quote: (text) => (hidden.some((setting) => setting.text.includes(text)) ? quoteNothing(text) : text),
    folder: (name) => (own(name) === undefined && given.settings.has(name) ? given.folder : undefined),
    reject,
    problems,
    boolean: (name) =>
      parsed(
        name,
        (value) => (TRUE.has(value) ? true : FALSE.has(value) ? false : undefined),
        'use true or false',
      ),
    integer: (name, minimum) =>
      parsed(name, (value) => parseInteger(value, minimum), `use a whole number of at least ${minimum}`),
    duration: (name) =>
      parsed(name, parseDuration, 'use a duration as Terraform writes it: 0s, 90s, 10m or 1h30m'),
    choice: (name, options) =>
      parsed(name, (value) => options.find((option) => option === value), `use ${listOptions(options)}`),
    environment: (...names) => names.map((name) => env[name]?.trim()).find((value) => value),
  };
}

function hiddenFix({ from }: GivenSetting): string {
  return `it comes from ${from}, where a link leads out of the checkout, so its content is not shown: correct it there, or give the input`;
}

function parseInteger(value: string, minimum: number): number | undefined {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= minimum ? number : undefined;
}

/** `list, new or delete`. */
export function listOptions(options: readonly string[]): string {
  return options.length === 1 ? `${options[0]}` : `${options.slice(0, -1).join(', ')} or ${options.at(-1)}`;
}
