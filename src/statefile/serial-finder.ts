import { JsonScanner, type JsonSink } from './json-scanner.ts';
import { gatherTexts } from './text-sink.ts';

/** Where the digits of a state's serial are, in bytes. */
export interface SerialLocation {
  readonly at: number;
  readonly length: number;
}

export interface SerialFinder {
  /** Takes the next bytes, cut anywhere. */
  write(chunk: Uint8Array): void;
  /** Call once. Undefined where the text is no JSON object, or has no serial or several: readers differ on which one counts. */
  end(): SerialLocation | undefined;
}

const IN_STATE = 1;
/** As Go's encoding/json, which Terraform reads with, takes a member's name. */
const SERIAL = /^serial$/iu;

/** Finds the top-level serial of a state of any size while its bytes go by, in constant memory. */
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
