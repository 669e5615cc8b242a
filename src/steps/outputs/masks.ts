import { SHORTEST_MASK } from '../../runner/runner.ts';
import { isJsonNumber, type JsonValue } from '../../statefile/json-tree.ts';

/** In UTF-16 units per value, because the runner searches each line of the log for each mask. */
const LARGEST_MASKS = 256 * 1024;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none']);

/**
 * What to mask to keep every leaf of a sensitive value out of the log: each line of each string, and each number.
 * Undefined when a leaf can't be masked without ruining the log, when they are too large, or when there is nothing to
 * mask. Names of fields are not masked. Pure.
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

/** The texts of all leaves in their JSON form, without quotes. `null` reveals nothing. */
function collectLeaves(value: JsonValue, leaves: string[] = []): string[] {
  if (value === null) return leaves;
  if (typeof value === 'string') leaves.push(value);
  else if (typeof value === 'boolean') leaves.push(String(value));
  else if (isJsonNumber(value)) leaves.push(value.digits);
  else for (const inner of value.values()) collectLeaves(inner, leaves);
  return leaves;
}

/**
 * The lines, because the runner masks line by line. Of several lines, one with only punctuation (`{` of a JSON text) is
 * no secret, and masking it would ruin the log.
 */
function splitParts(leaf: string): string[] {
  const lines = leaf.split(/\r\n|\r|\n/).map((line) => line.trim());
  const parts = lines.filter((line) => line !== '');
  if (parts.length === 1) return parts;
  return parts.filter((line) => line.length >= SHORTEST_MASK || /[\p{L}\p{N}]/u.test(line));
}

/** Also without surrounding quotes, because the runner masks that form too. */
function isTooCommon(part: string): boolean {
  const bare = part.replace(/^"(.*)"$/s, '$1').trim();
  return bare.length < SHORTEST_MASK || WORDS.has(bare.toLowerCase());
}
