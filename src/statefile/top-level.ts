import { createContentReader } from './content-reader.ts';
import { HEADER_MEMBERS, judgeHeader, type Member, type PartialHeader, partialHeader } from './header.ts';
import type { StateInspection } from './inspection.ts';
import type { IndexLimits } from './instance-collector.ts';
import type { JsonSink } from './json-grammar.ts';

export interface TopLevel {
  readonly sink: JsonSink;
  /** OpenTofu's encrypted file: it has no `version`, but keeps `serial` and `lineage` readable (spec 7.3). */
  isEncrypted(): boolean;
  partial(): PartialHeader;
  /** For a text that is JSON to its end, or encrypted. */
  verdict(): StateInspection;
}

const IN_STATE = 1;
const ENCRYPTED_MEMBER = 'encrypted_data';
const CONTENT_MEMBERS: ReadonlySet<string> = new Set(['outputs', 'resources']);

/** Keeps the header's members and hands the content on. */
export function createTopLevel(limits: IndexLimits): TopLevel {
  const members = new Map<string, Member>();
  const content = createContentReader(limits);
  let isObject = false;
  let encrypted = false;
  let name = '';
  let inContent = false;

  const keep = (kind: Member['kind'], text: string): void => {
    if (HEADER_MEMBERS.has(name)) members.set(name, { kind, text });
  };
  const enter = (key: string): void => {
    name = key;
    if (name === ENCRYPTED_MEMBER && !members.has('version')) encrypted = true;
    inContent = CONTENT_MEMBERS.has(name);
    if (inContent) content.enter(name);
  };
  const sink: JsonSink = {
    key(key, depth) {
      if (encrypted) return;
      if (depth === IN_STATE) enter(key);
      else if (inContent) content.key(key, depth);
    },
    scalar(kind, text, depth) {
      if (encrypted) return;
      if (depth === IN_STATE && isObject) keep(kind, text);
      else if (inContent) content.scalar(kind, text, depth);
    },
    open(kind, depth) {
      if (depth === 0) isObject = kind === 'object';
      if (encrypted) return;
      if (depth === IN_STATE && isObject) keep(kind, '');
      if (inContent) content.open(kind, depth);
    },
    close(kind, depth) {
      if (inContent && !encrypted && depth >= IN_STATE) content.close(kind, depth);
    },
  };
  const judge = (): StateInspection => {
    const verdict = judgeHeader(members);
    const { hash, isEmpty, resources } = content.result();
    if (verdict.ok) return { kind: 'state', header: verdict.header, content: hash, isEmpty, resources };
    return {
      kind: 'invalid',
      problem: verdict.problem,
      detail: verdict.detail,
      header: partialHeader(members),
    };
  };
  const refuse = (problem: 'encrypted' | 'malformed', detail: string): StateInspection => ({
    kind: 'invalid',
    problem,
    detail,
    header: partialHeader(members),
  });
  return {
    sink,
    isEncrypted: () => encrypted,
    partial: () => partialHeader(members),
    verdict() {
      if (encrypted) return refuse('encrypted', 'it is encrypted by OpenTofu');
      return isObject ? judge() : refuse('malformed', 'its top level is not an object');
    },
  };
}
