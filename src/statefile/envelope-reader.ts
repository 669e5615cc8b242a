import { JsonScanner } from './json-scanner.ts';
import { createTreeBuilder, isJsonObject, type JsonValue, type TreeBuilder } from './json-tree.ts';
import { gatherTexts, type TextSink } from './text-sink.ts';

/** What OpenTofu keeps beside the ciphertext for its key providers: their names and data. */
export type EnvelopeMeta = ReadonlyMap<string, Buffer>;

/** Reads OpenTofu's envelope of an encrypted state as a stream (docs/protocol.md#empty-and-encrypted-states). */
export interface EnvelopeReader {
  /** Takes the next bytes, split anywhere. */
  write(chunk: Uint8Array): void;
  /** Whether any ciphertext has been read. */
  hasData(): boolean;
  /** What came before the ciphertext; undefined when none of it can be read. */
  meta(): EnvelopeMeta | undefined;
  /** The ciphertext since the last call. */
  take(): Buffer;
  /** The version of the envelope's format; undefined when it names none. */
  version(): string | undefined;
  /** Whether the serial and lineage beside the ciphertext equal these, as far as they are present. */
  fits(serial: bigint, lineage: string): boolean;
}

const IN_STATE = 1;
/** In characters, for all providers. Salts and wrapped keys are far shorter. */
const LARGEST_META = 256 * 1024;
const TEXTS: ReadonlySet<string> = new Set(['encryption_version', 'serial', 'lineage']);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function createEnvelopeReader(): EnvelopeReader {
  let name = '';
  let tree: TreeBuilder | undefined;
  let metaSize = 0;
  let meta: EnvelopeMeta | undefined;
  const texts = new Map<string, string>();
  let hasData = false;
  let pieces: Buffer[] = [];
  /** Base64 of an incomplete group. */
  let rest = '';

  const isData = (depth: number) => depth === IN_STATE && name === 'encrypted_data';
  let isInData = false;
  const sink: TextSink = {
    wantsText: (role, depth) => depth === IN_STATE && (role === 'key' || TEXTS.has(name)),
    text(role, text) {
      if (role === 'key') name = text;
      else texts.set(name, text);
    },
    begin(role, depth) {
      isInData = role === 'string' && isData(depth);
      hasData ||= isInData;
      tree?.sink.begin(role, depth);
    },
    bytes(buffer, from, to) {
      if (isInData) {
        const text = rest + buffer.toString('latin1', from, to);
        const whole = text.length - (text.length % 4);
        pieces.push(Buffer.from(text.slice(0, whole), 'base64'));
        rest = text.slice(whole);
        return;
      }
      metaSize += to - from;
      if (metaSize <= LARGEST_META) tree?.sink.bytes(buffer, from, to);
    },
    end(role, depth) {
      isInData = false;
      tree?.sink.end(role, depth);
    },
    open(kind, depth) {
      if (depth === IN_STATE && name === 'meta') {
        tree = createTreeBuilder();
        metaSize = 0;
      }
      tree?.sink.open(kind, depth);
    },
    close(kind, depth) {
      tree?.sink.close(kind, depth);
      if (tree === undefined || depth !== IN_STATE) return;
      meta = hasData || metaSize > LARGEST_META ? undefined : readMeta(tree.value());
      tree = undefined;
    },
  };
  const scanner = new JsonScanner(gatherTexts(sink));
  return {
    write: (chunk) => scanner.write(chunk),
    hasData: () => hasData,
    meta: () => meta,
    take() {
      const taken = Buffer.concat(pieces);
      pieces = [];
      return taken;
    },
    version: () => texts.get('encryption_version'),
    fits: (serial, lineage) =>
      (texts.get('serial') ?? String(serial)) === String(serial) &&
      (texts.get('lineage') || lineage) === lineage,
  };
}

/** Each value is the base64 of a key provider's data. */
function readMeta(value: JsonValue | undefined): EnvelopeMeta | undefined {
  if (!isJsonObject(value)) return undefined;
  const meta = new Map<string, Buffer>();
  for (const [key, text] of value) {
    if (typeof text !== 'string' || !BASE64.test(text)) return undefined;
    meta.set(key, Buffer.from(text, 'base64'));
  }
  return meta;
}
