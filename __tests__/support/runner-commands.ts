import type { Masks } from './runner-masks.ts';

/** A workflow command found in a line of output. */
export interface Command {
  readonly name: string;
  readonly properties: Record<string, string>;
  readonly data: string;
}

/** A message shown on the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string | undefined;
  readonly message: string;
}

/** A collapsible part of the log. */
export interface LogGroup {
  readonly title: string;
  readonly lines: string[];
}

/** A step's output as the runner parsed it, all of it masked. */
export interface StepLog {
  readonly lines: string[];
  readonly annotations: Annotation[];
  readonly groups: LogGroup[];
  /** Deprecated `::set-output` and `::save-state` pairs. */
  readonly oldOutputs: [string, string][];
  readonly oldState: [string, string][];
  /** True once a command was refused (`set-env`, `add-path`): the runner fails such a step. */
  refused: boolean;
  /** Takes one line of stdout or stderr. */
  write(line: string): void;
  /** Adds an annotation and its line, as the runner does for its own messages. */
  annotate(level: Annotation['level'], message: string, title?: string): void;
}

const KNOWN = new Set(
  (
    'error warning notice debug group endgroup add-mask echo stop-commands add-matcher remove-matcher ' +
    'set-output save-state set-env add-path set-repo-path'
  ).split(' '),
);
const ANNOTATIONS_PER_LEVEL = 10;
const MESSAGE_LIMIT = 4096;

const GRAMMARS = [
  { line: /^\s*::(.*?)::(.*)$/s, separator: ',', unescaped: unescapedNew },
  { line: /##\[(.*?)\](.*)$/s, separator: ';', unescaped: unescapedOld },
];

/**
 * Parses a line as the runner does: `::name k=v,k=v::data` at the start (leading blanks aside), or
 * `##[name k=v;k=v]data` anywhere. Undefined for anything else, unknown names included (docs/runner.md#log-commands).
 */
export function parseCommand(line: string, known: ReadonlySet<string> = KNOWN): Command | undefined {
  for (const grammar of GRAMMARS) {
    const [, head = '', data = ''] = grammar.line.exec(line) ?? [];
    const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(head) ?? [];
    if (!known.has(name.toLowerCase())) continue;
    const properties: Record<string, string> = {};
    for (const pair of rest.split(grammar.separator)) {
      const [, key, value = ''] = /^\s*([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (key) properties[key] = grammar.unescaped(value, true);
    }
    return { name: name.toLowerCase(), properties, data: grammar.unescaped(data, false) };
  }
  return undefined;
}

interface Writer {
  readonly log: StepLog;
  readonly masks: Masks;
  readonly debug: boolean;
  stopToken: string | undefined;
  groupOpen: boolean;
}

/** Collects one step's output. `debug` shows `::debug::` lines, as RUNNER_DEBUG=1 does. */
export function createStepLog(masks: Masks, debug: boolean): StepLog {
  const log: StepLog = {
    lines: [],
    annotations: [],
    groups: [],
    oldOutputs: [],
    oldState: [],
    refused: false,
    annotate: (level, message, title) => annotate(writer, level, message, title),
    write: (line) => {
      const known = writer.stopToken === undefined ? KNOWN : new Set([writer.stopToken]);
      const command = parseCommand(line, known);
      if (!command) show(writer, line);
      else if (writer.stopToken !== undefined) writer.stopToken = undefined;
      else HANDLERS[command.name]?.(writer, command);
    },
  };
  const writer: Writer = { log, masks, debug, stopToken: undefined, groupOpen: false };
  return log;
}

/** Commands without an entry (`echo`, matchers) show nothing and change nothing here. */
const HANDLERS: Record<string, (writer: Writer, command: Command) => void> = {
  error: (writer, { data, properties }) => annotate(writer, 'error', data, properties.title),
  warning: (writer, { data, properties }) => annotate(writer, 'warning', data, properties.title),
  notice: (writer, { data, properties }) => annotate(writer, 'notice', data, properties.title),
  debug: (writer, { data }) => {
    if (writer.debug) show(writer, `##[debug]${data}`);
  },
  group: (writer, { data }) => {
    const title = writer.masks.apply(data);
    writer.log.lines.push(`##[group]${title}`);
    writer.log.groups.push({ title, lines: [] });
    writer.groupOpen = true;
  },
  endgroup: (writer) => {
    writer.log.lines.push('##[endgroup]');
    writer.groupOpen = false;
  },
  'add-mask': (writer, { data }) => {
    if (!writer.masks.add(data)) annotate(writer, 'warning', "Can't add secret mask for empty string.");
  },
  'stop-commands': (writer, { data }) => {
    writer.stopToken = data.toLowerCase();
  },
  'set-output': ({ log }, { properties, data }) => log.oldOutputs.push([properties.name ?? '', data]),
  'save-state': ({ log }, { properties, data }) => log.oldState.push([properties.name ?? '', data]),
  'set-env': refuse,
  'add-path': refuse,
};

function refuse(writer: Writer, { name }: Command): void {
  writer.log.refused = true;
  annotate(writer, 'error', `Unable to process command '::${name}::' successfully. The command is disabled.`);
}

function annotate(writer: Writer, level: Annotation['level'], text: string, title?: string): void {
  const { log, masks } = writer;
  const message = masks.apply(text);
  for (const line of `##[${level}]${message}`.split(/\r\n|\n|\r/)) show(writer, line);
  const sameLevel = log.annotations.filter((annotation) => annotation.level === level);
  if (sameLevel.length >= ANNOTATIONS_PER_LEVEL) return;
  log.annotations.push({
    level,
    title: title && masks.apply(title),
    message: message.slice(0, MESSAGE_LIMIT),
  });
}

function show(writer: Writer, text: string): void {
  const line = writer.masks.apply(text);
  writer.log.lines.push(line);
  if (writer.groupOpen) writer.log.groups.at(-1)?.lines.push(line);
}

function unescapedNew(value: string, isProperty: boolean): string {
  const plain = value.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  const whole = isProperty ? plain.replaceAll('%3A', ':').replaceAll('%2C', ',') : plain;
  return whole.replaceAll('%25', '%');
}

function unescapedOld(value: string): string {
  const plain = value.replaceAll('%3B', ';').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  return plain.replaceAll('%5D', ']').replaceAll('%25', '%');
}
