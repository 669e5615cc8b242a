import { type JsonValue, printJson } from '../../statefile/json-tree.ts';

/** What every reader takes as it stands: shells, `docker --env-file`, and the dotenv parsers of all languages. */
const BARE = /^(?:[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+=,-]*)?$/;
/** In single quotes some expand `${NAME}` all the same, some undo `\\`, and some take `\'` for a quote. No reader keeps a carriage return. */
const NOT_SINGLE = /['\r\0]|\\\\|\\$|\$\{/;
/** Upon these shells act in double quotes, or dotenv parsers. */
const NOT_DOUBLE = /["\\$`!\r\n\0]/;

/**
 * A value as it stands behind `NAME=`, so that a shell that sources the file and every dotenv parser that knows quotes read the
 * same. Undefined where there is no such form, which only a string can have. Pure.
 */
export function quoteDotenv(value: JsonValue): string | undefined {
  const text = typeof value === 'string' ? value : escapeJson(printJson(value));
  if (BARE.test(text)) return text;
  if (!NOT_SINGLE.test(text)) return `'${text}'`;
  return NOT_DOUBLE.test(text) ? undefined : `"${text}"`;
}

/** The same JSON without what single quotes can't hold, for which it has escapes. */
function escapeJson(json: string): string {
  return json.replace(/\\.|['$]/g, (part) => ESCAPES.get(part) ?? part);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\\\', '\\u005c'],
  ["'", '\\u0027'],
  ['$', '\\u0024'],
]);
