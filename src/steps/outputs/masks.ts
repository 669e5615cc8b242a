import { SHORTEST_MASK } from '../../runner/runner.ts';
import { isJsonNumber, type JsonValue } from '../../statefile/json-tree.ts';

/** UTF-16 units of one value, since the runner looks for each mask in each line of the log. */
const LARGEST_MASKS = 256 * 1024;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none']);

/**
 * What to mask so that no leaf of a sensitive value is readable in a log: each line of each string, and each number.
 * Undefined where a leaf can't be masked without wrecking the log, where they are too large, or there is nothing to mask. Names of fields are none
 * of it. Pure.
 */
export function masksFor(value: JsonValue): readonly string[] | undefined {
  const masks = new Set<string>();
  let room = LARGEST_MASKS;
  for (const leaf of collectLeaves(value)) {
    room -= leaf.length;
    if (room < 0) return undefined;
    for (const part of splitParts(leaf)) {
      if (isTooCommon(part)) return undefined;
      masks.add(part);
    }
  }
  return masks.size === 0 ? undefined : [...masks];
}

/** The texts of all leaves, as they stand in JSON but for the quotes. `null` says nothing. */
function collectLeaves(value: JsonValue, leaves: string[] = []): string[] {
  if (value === null) return leaves;
  if (typeof value === 'string') leaves.push(value);
  else if (typeof value === 'boolean') leaves.push(String(value));
  else if (isJsonNumber(value)) leaves.push(value.digits);
  else for (const inner of value.values()) collectLeaves(inner, leaves);
  return leaves;
}

/**
 * The lines, for the runner masks line by line. Of several, one of punctuation alone (`{` of a JSON text) is no secret,
 * and masking it would wreck the log.
 */
function splitParts(leaf: string): string[] {
  const lines = leaf.split(/\r\n|\r|\n/).map((line) => line.trim());
  const parts = lines.filter((line) => line !== '');
  if (parts.length === 1) return parts;
  return parts.filter((line) => line.length >= SHORTEST_MASK || /[\p{L}\p{N}]/u.test(line));
}

/** Also without quotes around it, for the runner masks that form, too. */
function isTooCommon(part: string): boolean {
  const bare = part.replace(/^"(.*)"$/s, '$1').trim();
  return bare.length < SHORTEST_MASK || WORDS.has(bare.toLowerCase());
}
