import { type JsonValue, printJson } from '../../statefile/json-tree.ts';

/** What every reader takes literally: shells, `docker --env-file`, and the dotenv parsers of all languages. */
const BARE = /^(?:[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+=,-]*)?$/;
/**
 * In single quotes, some readers still expand `${NAME}`, some resolve `\\`, and some treat `\'` as a quote. No reader
 * keeps a carriage return.
 */
const NOT_SINGLE = /['\r\0]|\\\\|\\$|\$\{/;
/** Shells or dotenv parsers interpret these in double quotes. */
const NOT_DOUBLE = /["\\$`!\r\n\0]/;

/**
 * A value in the form that follows `NAME=`. A shell that sources the file and every dotenv parser that supports quotes
 * read it the same way. Undefined when there is no such form, which can happen only for a string. Pure.
 */
export function quoteDotenv(value: JsonValue): string | undefined {
  const text = typeof value === 'string' ? value : escapeJson(printJson(value));
  if (BARE.test(text)) return text;
  if (!NOT_SINGLE.test(text)) return `'${text}'`;
  return NOT_DOUBLE.test(text) ? undefined : `"${text}"`;
}

/** The same JSON without what single quotes can't contain, for which JSON has escapes. */
function escapeJson(json: string): string {
  return json.replace(/\\.|['$]/g, (part) => ESCAPES.get(part) ?? part);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\\\', '\\u005c'],
  ["'", '\\u0027'],
  ['$', '\\u0024'],
]);
