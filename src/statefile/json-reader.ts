import { Tokenizer, TokenType } from '@streamparser/json';
import { createGrammar, type JsonSink } from './json-grammar.ts';

export type JsonOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: 'empty' | 'truncated' | 'not_json'; readonly detail: string };

export interface JsonReader {
  /** Ignored after the first error. */
  write(chunk: Uint8Array): void;
  /** `truncated` is the beginning of a JSON text; `not_json` can't be mended by more bytes. */
  end(): JsonOutcome;
}

const STRING_BUFFER_BYTES = 64 * 1024;
const BOM_FIRST_BYTE = 0xef;

/** Reads one JSON text of any size; only its longest string and its depth decide the memory that takes. */
export function createJsonReader(sink: JsonSink): JsonReader {
  const grammar = createGrammar(sink);
  const tokenizer = new SourceTokenizer({ stringBufferSize: STRING_BUFFER_BYTES });
  let consumed = 0;
  let failure: string | undefined;
  let endedInToken = false;
  const fail = (detail: string): void => {
    failure ??= detail;
  };
  tokenizer.onToken = ({ token, value, offset }) => {
    if (failure !== undefined) return;
    const text = token === TokenType.NUMBER ? tokenizer.numberText : String(value);
    if (!grammar.accept(token, text)) fail(`it stops being JSON at byte ${offset}`);
  };
  tokenizer.onError = (error) => fail(`it stops being JSON ${position(error, consumed)}`);
  return {
    write(chunk) {
      if (failure !== undefined) return;
      if (consumed === 0 && chunk[0] === BOM_FIRST_BYTE)
        return fail('it starts with a byte order mark, which Terraform refuses');
      tokenizer.write(chunk);
      consumed += chunk.length;
    },
    end() {
      tokenizer.onError = () => {
        endedInToken = true;
      };
      if (failure === undefined) tokenizer.end();
      if (failure !== undefined) return { ok: false, problem: 'not_json', detail: failure };
      if (!endedInToken && grammar.isComplete()) return { ok: true };
      if (!endedInToken && grammar.isUntouched())
        return { ok: false, problem: 'empty', detail: emptiness(consumed) };
      return { ok: false, problem: 'truncated', detail: `it ends in the middle, after ${consumed} bytes` };
    },
  };
}

/** Keeps the source text of a number: a JavaScript number would lose digits. */
class SourceTokenizer extends Tokenizer {
  numberText = '';

  protected override parseNumber(text: string): number {
    this.numberText = text;
    return Number.NaN;
  }
}

function position(error: Error, chunkStart: number): string {
  const absolute = /absolute position "(\d+)"/.exec(error.message)?.[1];
  return absolute === undefined ? `after byte ${chunkStart}` : `at byte ${absolute}`;
}

function emptiness(bytes: number): string {
  return bytes === 0 ? 'it has no bytes' : `it holds nothing but ${bytes} bytes of white space`;
}
