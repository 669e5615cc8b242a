import { JsonScanner, type JsonSink } from './json-scanner.ts';
import { gatherTexts } from './text-sink.ts';

/** The position of the digits of a state's serial, in bytes. */
export interface SerialLocation {
  readonly at: number;
  readonly length: number;
}

export interface SerialFinder {
  /** Takes the next bytes, split anywhere. */
  write(chunk: Uint8Array): void;
  /**
   * Call once. Undefined when the text is not a JSON object, or has no serial or several, because readers differ on
   * which one counts.
   */
  end(): SerialLocation | undefined;
}

const IN_STATE = 1;
/** Matches a member's name as Go's encoding/json does, which Terraform uses. */
const SERIAL = /^serial$/iu;

/** Finds the top-level serial of a state of any size as a stream, in constant memory. */
export function createSerialFinder(): SerialFinder {
  let consumed = 0;
  let named = 0;
  let isSerial = false;
  let inDigits = false;
  let location: SerialLocation | undefined;

  const sink: JsonSink = gatherTexts({
    wantsText: (role, depth) => role === 'key' && depth === IN_STATE,
    text(_role, name) {
      isSerial = SERIAL.test(name);
      if (isSerial) named += 1;
    },
    begin(role, depth) {
      inDigits = isSerial && role === 'number' && depth === IN_STATE;
    },
    bytes(_buffer, from, to) {
      if (!inDigits) return;
      const { at, length } = location ?? { at: consumed + from, length: 0 };
      location = { at, length: length + to - from };
    },
    end: () => {
      inDigits = false;
    },
    open: () => {},
    close: () => {},
  });
  const scanner = new JsonScanner(sink);
  return {
    write(chunk) {
      scanner.write(chunk);
      consumed += chunk.length;
    },
    end: () => (scanner.end().kind === 'complete' && named === 1 ? location : undefined),
  };
}
