import { createContentReader, type StateContent } from './content-reader.ts';
import { HEADER_MEMBERS, type Member, type Members } from './header.ts';
import type { IndexLimits } from './instance-collector.ts';
import type { TextSink } from './text-sink.ts';

export interface TopLevel {
  readonly sink: TextSink;
  /** Undefined when the text is not an object. */
  members(): Members | undefined;
  content(): StateContent;
}

const IN_STATE = 1;
const CONTENT_MEMBERS: ReadonlySet<string> = new Set(['outputs', 'resources']);

/** Keeps the header's members and passes the content on. */
export function createTopLevel(limits: IndexLimits): TopLevel {
  const members = new Map<string, Member>();
  const content = createContentReader(limits);
  let isObject = false;
  let name = '';
  let inContent = false;

  const keep = (kind: Member['kind'], text: string): void => {
    if (isObject && HEADER_MEMBERS.has(name)) members.set(name, { kind, text });
  };
  const enter = (key: string): void => {
    name = key;
    inContent = CONTENT_MEMBERS.has(name);
    if (inContent) content.enter(name);
  };
  const sink: TextSink = {
    wantsText(role, depth) {
      if (depth === IN_STATE)
        return role !== 'string' || (HEADER_MEMBERS.has(name) && name !== 'encrypted_data');
      return inContent && content.wantsText(role, depth);
    },
    text(role, text, depth) {
      if (depth > IN_STATE) content.text(role, text, depth);
      else if (role === 'key') enter(text);
      else keep(role, text);
    },
    begin(role, depth) {
      if (depth === IN_STATE && role !== 'key') keep(role, '');
      else if (inContent) content.begin(role, depth);
    },
    bytes(buffer, from, to) {
      if (inContent) content.bytes(buffer, from, to);
    },
    end(role, depth) {
      if (inContent && depth > IN_STATE) content.end(role, depth);
    },
    open(kind, depth) {
      if (depth === 0) isObject = kind === 'object';
      if (depth === IN_STATE) keep(kind, '');
      if (inContent) content.open(kind, depth);
    },
    close(kind, depth) {
      if (inContent && depth >= IN_STATE) content.close(kind, depth);
    },
  };
  return { sink, members: () => (isObject ? members : undefined), content: () => content.result() };
}
