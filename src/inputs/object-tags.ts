import type { InputReader } from '../runner/inputs.ts';
import { readMap } from './list-inputs.ts';

// What S3 accepts. It would refuse others only when the state is pushed, after the job's work.
const MOST_TAGS = 10;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const ALLOWED_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Tags of objects, as the header of a write has them: a URL's query. Undefined: none. */
export function readObjectTags(reader: InputReader, name: string): string | undefined {
  const tags = readMap(reader, name);
  const text = reader.text(name);
  const fix = findTagsFix(tags);
  if (fix !== undefined) reader.reject(name, text, fix);
  if (tags.length === 0) return undefined;
  const query = new URLSearchParams();
  for (const { key, value } of tags) query.append(key, value);
  return query.toString().replaceAll('+', '%20');
}

function findTagsFix(tags: readonly Tag[]): string | undefined {
  if (tags.length > MOST_TAGS) return `give at most ${MOST_TAGS} tags: S3 allows no more on an object`;
  const keys = tags.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) return `give each key once: ${JSON.stringify(twice)} is there twice`;
  return tags.map(findTagFix).find((fix) => fix !== undefined);
}

function findTagFix({ key, value }: Tag): string | undefined {
  const named = JSON.stringify(key);
  if (key === '' || key.length > LONGEST_KEY) return `give keys of 1 to ${LONGEST_KEY} characters`;
  if (value.length > LONGEST_VALUE) return `shorten the value of ${named} to ${LONGEST_VALUE} characters`;
  if (/^aws:/i.test(key)) return `rename ${named}: keys that begin with aws: belong to AWS`;
  if (ALLOWED_TEXT.test(key) && ALLOWED_TEXT.test(value)) return undefined;
  return `in ${named}, use only letters, digits, spaces and + - = . _ : / @, as S3 requires`;
}
