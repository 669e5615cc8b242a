import type { GivenSetting, GivenSettings, InputProblem } from '../../runner/inputs.ts';
import type { Wording } from '../../terraform-config/cursor.ts';
import { formatLocation, problemAt, type WrittenArgument } from './argument-source.ts';
import { emptyAs, expressionIn, hasNoEffect, TEXT_OF, WANTED } from './argument-text.ts';
import { type ArgumentRule, type AsInput, findRule, type ValueRule } from './arguments.ts';
import { refusedText, TRUST_FIX } from './refused-argument.ts';
import { findRestriction, isTaken, SHARED_FILE_INPUTS } from './trust.ts';

/** What decides which arguments have an effect. */
export interface Bearing {
  /** Whether an input of the action is given. */
  readonly isInput: (name: string) => boolean;
  /** Whether files of the repository may set what otherwise only the workflow may set. */
  readonly trustsRepository: boolean;
  /**
   * Which credentials the workflow provides, with or without a role to assume, in words; undefined when there are none.
   */
  readonly credentialsBrought: (hasRole: boolean) => string | undefined;
}

/** An argument in a file of the repository that has no effect here. */
export interface LeftOut {
  readonly argument: string;
  /** The file and its line. */
  readonly location: string;
  /** The credentials used instead. */
  readonly why: string;
}

/** A setting, and whether it comes from a file of the repository. */
export interface FoundSetting extends GivenSetting {
  readonly argument: string;
  readonly isRepository: boolean;
}

/** Settings by input name, and what happened to the rest. */
export interface SettingsFound extends Pick<GivenSettings, 'problems' | 'unread'> {
  readonly settings: ReadonlyMap<string, FoundSetting>;
  readonly leftOut: readonly LeftOut[];
}

/** Collects results while arguments become settings. */
interface Collector {
  readonly settings: Map<string, FoundSetting>;
  readonly problems: InputProblem[];
  readonly unread: Set<string>;
  readonly leftOut: LeftOut[];
  /** Names this machine's shared files, in a file of the repository. Decided when the rest is known. */
  readonly sharedFiles: { readonly written: NamedArgument; readonly rule: AsInput }[];
  /** Whether a file of the repository set what only the workflow may set. */
  hasRefused: boolean;
  readonly bearing: Bearing;
}

/** One argument or one of its fields, by its full name. */
interface NamedArgument extends WrittenArgument {
  readonly argument: string;
}

type Fields = Extract<ArgumentRule, { fields: unknown }>['fields'];

/** Converts the merged arguments of Terraform's S3 backend into settings by input name. Pure. */
export function toSettings(written: ReadonlyMap<string, WrittenArgument>, bearing: Bearing): SettingsFound {
  const collector: Collector = {
    settings: new Map(),
    problems: [],
    unread: new Set(),
    leftOut: [],
    sharedFiles: [],
    hasRefused: false,
    bearing,
  };
  for (const [argument, { value, source }] of written) collect(collector, { argument, value, source });
  for (const { written: one, rule } of collector.sharedFiles) leaveOut(collector, one, rule);
  if (collector.hasRefused) {
    collector.problems.push({ input: 'trust_repository', value: 'false', fix: TRUST_FIX });
  }
  return collector;
}

function collect(collector: Collector, written: NamedArgument): void {
  const { argument, value } = written;
  const rule = findRule(argument);
  if (rule !== undefined && value.kind !== 'object' && isAllTaken(collector, rule)) return;
  if (value.kind === 'block') {
    reject(collector, written, (quote) => `write ${quote(argument)} = { ... }, with a =: it is not a block`);
  } else if (rule === undefined) {
    reject(
      collector,
      written,
      (quote) =>
        `${quote(argument)} is not an argument of Terraform's S3 backend: remove it or correct its name`,
    );
  } else if ('fields' in rule) collectFields(collector, written, rule.fields);
  else apply(collector, written, rule);
}

function apply(collector: Collector, written: NamedArgument, rule: ValueRule): void {
  if ('refused' in rule) refuse(collector, written, rule.refused);
  else if ('input' in rule) set(collector, written, rule);
}

function collectFields(collector: Collector, written: NamedArgument, fields: Fields): void {
  const { argument, value, source } = written;
  if (value.kind === 'object') {
    for (const [name, inner] of value.entries) {
      collectField(collector, { argument: `${argument}.${name}`, value: inner, source }, fields, name);
    }
  } else if (value.kind === 'expression') rejectExpression(collector, written, value.source);
  else if (value.kind !== 'null') reject(collector, written, `${argument} is an object: { name = "value" }`);
}

function collectField(collector: Collector, field: NamedArgument, fields: Fields, name: string): void {
  const rule = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rule === undefined) {
    const [whole] = field.argument.split('.');
    reject(collector, field, (quote) => `there is no ${whole}.${quote(name)}: remove it or correct its name`);
  } else apply(collector, field, rule);
}

function isAllTaken(collector: Collector, rule: ArgumentRule): boolean {
  const inputs = listInputs(rule);
  return inputs.length > 0 && inputs.every((input) => isTaken(input, collector.bearing.isInput));
}

/** All inputs that an argument and its fields replace. */
function listInputs(rule: ArgumentRule): string[] {
  if ('input' in rule) return [rule.input];
  return 'fields' in rule ? Object.values(rule.fields).flatMap(listInputs) : [];
}

function set(collector: Collector, written: NamedArgument, rule: AsInput): void {
  const { argument, value } = written;
  const { input, type } = rule;
  if (value.kind === 'null' || isTaken(input, collector.bearing.isInput)) return;
  if (isRestricted(collector, written, rule)) {
    if (SHARED_FILE_INPUTS.has(input)) collector.sharedFiles.push({ written, rule });
    else rejectRestricted(collector, written, rule);
    return;
  }
  const source = expressionIn(value);
  const text = TEXT_OF[type](value);
  const other = collector.settings.get(input);
  if (source !== undefined) {
    collector.unread.add(input);
    rejectExpression(collector, written, source);
  } else if (text === undefined) {
    collector.unread.add(input);
    reject(collector, written, `${argument} takes ${WANTED[type]}`);
  } else if (other !== undefined) {
    reject(collector, written, `${argument} and ${other.argument} are the same setting: remove one of them`);
  } else {
    const { isRepository, isQuotable } = written.source;
    collector.settings.set(input, {
      text: emptyAs(input, text),
      from: formatLocation(written),
      argument,
      isRepository,
      isQuotable,
    });
  }
}

/** Whether the repository sets, with an effect, what only the workflow may set. */
function isRestricted(
  { bearing }: Collector,
  { value, source }: NamedArgument,
  { input, type }: AsInput,
): boolean {
  const restriction = findRestriction(input);
  if (restriction === undefined || !source.isRepository || bearing.trustsRepository) return false;
  const text = TEXT_OF[type](value);
  if (text === undefined) return true;
  return emptyAs(input, text) !== '' && text !== restriction.harmless;
}

/** Useless for a job that has its own credentials. Otherwise, no file of the repository may set it. */
function leaveOut(collector: Collector, written: NamedArgument, rule: AsInput): void {
  const { settings, bearing, leftOut } = collector;
  const hasRole = ROLES.some((input) => bearing.isInput(input) || settings.has(input));
  const why = bearing.credentialsBrought(hasRole);
  if (why === undefined) rejectRestricted(collector, written, rule);
  else leftOut.push({ argument: written.argument, location: formatLocation(written), why });
}

const ROLES = ['role_arn', 'assume_role_with_web_identity.role_arn'];

function rejectRestricted(collector: Collector, written: NamedArgument, { input }: AsInput): void {
  const restriction = findRestriction(input);
  if (restriction === undefined) return;
  collector.unread.add(input);
  collector.hasRefused = true;
  reject(collector, written, refusedText(written.argument, input, restriction.danger));
}

/** Refuses only what would have an effect. A line of backend_config replaces the whole argument, with its other fields. */
function refuse(collector: Collector, written: NamedArgument, why: string): void {
  const { argument, value } = written;
  if (hasNoEffect(value)) return;
  const [whole, field] = argument.split('.');
  const line = field === undefined ? `${whole}=` : `${whole}={ ... } without ${field}`;
  reject(collector, written, `${argument}: ${why}, and give the line ${line} in backend_config`);
}

function rejectExpression(collector: Collector, written: NamedArgument, source: string): void {
  // A reference shows what was meant. Anything longer may contain a secret.
  const isReference = /^[\w.[\]-]{1,40}$/.test(source);
  reject(collector, written, (quote) => {
    const shown = isReference ? ` (${quote(source)})` : '';
    return `${written.argument} is not a constant${shown}: give it as an input or in backend_config`;
  });
}

function reject(collector: Collector, { source, value }: NamedArgument, words: string | Wording): void {
  collector.problems.push(problemAt(source, value.line, words));
}
