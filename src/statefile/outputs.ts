import { checkHeader, type Member, type Members, type StateHeader } from './header.ts';
import { JsonScanner, type JsonSink } from './json-scanner.ts';
import { createTreeBuilder, DEEPEST_TREE, isJsonObject, type JsonValue } from './json-tree.ts';
import type { ResourceLookup } from './parse-lookup.ts';
import { createLookupReader, type LookupFinding, type LookupReader } from './resource-lookup.ts';
import { gatherTexts, type TextSink } from './text-sink.ts';
import { typeName } from './type-name.ts';

/** One output of the root module (docs/protocol.md#state-file). */
export interface StateOutput {
  readonly value: JsonValue;
  /** In Terraform's language: `list(string)`. */
  readonly type: string;
  readonly sensitive: boolean;
  /** The author's deprecation message, which only OpenTofu writes. */
  readonly deprecated?: string | undefined;
}

/** What a reader of outputs needs from a state. */
export interface StateOutputs {
  readonly header: StateHeader;
  readonly outputs: ReadonlyMap<string, StateOutput>;
  /** The results of the lookups, by name. */
  readonly lookups?: ReadonlyMap<string, LookupFinding> | undefined;
}

export type OutputsCheck =
  | { readonly kind: 'outputs'; readonly state: StateOutputs }
  | { readonly kind: 'invalid'; readonly problem: string; readonly detail: string };

export interface OutputsReader {
  /** Takes the next bytes, split anywhere. True once the rest can't matter: reading can stop. */
  write(chunk: Uint8Array): boolean;
  /** Call once, after the last byte or after `write` returned true. */
  end(): OutputsCheck;
}

const IN_STATE = 1;
/** The members that come before the outputs in every state that Terraform and OpenTofu write. */
const FIRST: readonly string[] = ['version', 'terraform_version', 'serial', 'lineage', 'outputs'];
const KEPT: ReadonlySet<string> = new Set([...FIRST, 'resources', 'encrypted_data']);

/**
 * Reads the root outputs of a state of any size as a stream, and keeps nothing else of it (docs/protocol.md#state-file,
 * docs/protocol.md#remote-state-outputs).
 */
export function createOutputsReader(lookups: readonly ResourceLookup[] = []): OutputsReader {
  const lookup = lookups.length === 0 ? undefined : createLookupReader(lookups);
  let hasResources = false;
  const members = new Map<string, Member>();
  let isObject = false;
  let name = '';
  let tree = createTreeBuilder();
  let outputs: JsonValue | undefined;
  let isTooDeep = false;

  const keep = (kind: Member['kind'], text: string): void => {
    if (isObject && KEPT.has(name)) members.set(name, { kind, text });
  };
  const isOutput = (depth: number): boolean => depth > IN_STATE && name === 'outputs';
  const pass = (depth: number, event: (sink: JsonSink) => void): void => {
    if (isOutput(depth)) event(tree.sink);
  };
  const findResources = (depth: number): TextSink | undefined =>
    depth > IN_STATE && name === 'resources' ? lookup?.sink : undefined;
  const sink: TextSink = {
    wantsText: (role, depth) =>
      depth === IN_STATE
        ? role !== 'string' || (KEPT.has(name) && name !== 'encrypted_data')
        : findResources(depth)?.wantsText(role, depth) === true,
    text(role, text, depth) {
      if (depth > IN_STATE) findResources(depth)?.text(role, text, depth);
      else if (role !== 'key') keep(role, text);
      else name = text;
    },
    begin(role, depth) {
      if (depth === IN_STATE && role !== 'key') keep(role, '');
      pass(depth, (inner) => inner.begin(role, depth));
      findResources(depth)?.begin(role, depth);
    },
    bytes: (buffer, from, to) => {
      if (name === 'outputs') tree.sink.bytes(buffer, from, to);
      else if (name === 'resources') lookup?.sink.bytes(buffer, from, to);
    },
    end(role, depth) {
      pass(depth, (inner) => inner.end(role, depth));
      findResources(depth)?.end(role, depth);
    },
    open(kind, depth) {
      if (depth === 0) isObject = kind === 'object';
      if (depth === IN_STATE) keep(kind, '');
      if (depth === IN_STATE && name === 'outputs') tree = createTreeBuilder();
      if (depth >= IN_STATE && name === 'outputs') tree.sink.open(kind, depth);
      findResources(depth)?.open(kind, depth);
    },
    close(kind, depth) {
      if (depth === IN_STATE && name === 'resources') hasResources = true;
      findResources(depth)?.close(kind, depth);
      if (depth < IN_STATE || name !== 'outputs') return;
      tree.sink.close(kind, depth);
      if (depth !== IN_STATE) return;
      isTooDeep = tree.isTooDeep();
      outputs = tree.value() ?? null;
    },
  };
  const scanner = new JsonScanner(gatherTexts(sink));
  const hasAll = (): boolean =>
    outputs !== undefined &&
    FIRST.every((member) => members.has(member)) &&
    (lookup === undefined || hasResources);
  return {
    write(chunk) {
      scanner.write(chunk);
      return hasAll();
    },
    end() {
      const end = scanner.end();
      if (isTooDeep) return invalid('malformed', `its outputs are nested deeper than ${DEEPEST_TREE} levels`);
      if (hasAll() && end.kind !== 'stuck') return classify(members, outputs, lookup);
      if (end.kind === 'stuck') return invalid('not_json', `it stops being JSON at byte ${end.at}`);
      if (end.kind === 'blank') return invalid('empty', 'it is empty');
      if (end.kind === 'unfinished') return invalid('truncated', 'it ends in the middle');
      return isObject
        ? classify(members, outputs, lookup)
        : invalid('malformed', 'its top level is not an object');
    },
  };
}

function classify(
  members: Members,
  outputs: JsonValue | undefined,
  lookup: LookupReader | undefined,
): OutputsCheck {
  const check = checkHeader(members);
  if (!check.ok) return invalid(check.problem, check.detail);
  if (check.isEncrypted)
    return invalid('encrypted', "it is encrypted by OpenTofu, so its outputs can't be read");
  const found = new Map<string, StateOutput>();
  for (const [name, output] of isJsonObject(outputs) ? outputs : []) {
    if (!isJsonObject(output) || !output.has('value'))
      return invalid('malformed', `its output "${name}" has no value`);
    found.set(name, {
      value: output.get('value') ?? null,
      type: typeName(output.get('type') ?? null),
      sensitive: isSensitive(output),
      deprecated: readDeprecation(output),
    });
  }
  if (lookup === undefined) return { kind: 'outputs', state: { header: check.header, outputs: found } };
  const lookups = lookup.findings();
  if (lookups === undefined) {
    return invalid(
      'malformed',
      'the addresses of its resources come after their instances, so nothing can be looked up',
    );
  }
  return { kind: 'outputs', state: { header: check.header, outputs: found, lookups } };
}

/** Undefined when there is none. */
export function readDeprecation(output: ReadonlyMap<string, JsonValue>): string | undefined {
  const text = output.get('deprecated');
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/**
 * Whether Terraform might treat it as sensitive. Go reads a member's name in any case (and `ſ` as an s), so anything
 * but a plain `false`, under any spelling, is sensitive.
 */
function isSensitive(output: ReadonlyMap<string, JsonValue>): boolean {
  return Array.from(output).some(([name, value]) => isNamed(name, 'sensitive') && value !== false);
}

/** Compares names of members as Go's encoding/json does. */
function isNamed(name: string, field: string): boolean {
  return name.length === field.length && name.toLowerCase().replaceAll('ſ', 's') === field;
}

function invalid(problem: string, detail: string): OutputsCheck {
  return { kind: 'invalid', problem, detail };
}
