const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Go escapes
const ESCAPED = /["\\\u0000-\u001f<>&\u2028\u2029]/g;

/**
 * A JSON string exactly as Go's encoding/json writes it (docs/protocol.md#lock-info): unlike JSON.stringify it escapes
 * `<`, `>`, `&`, U+2028 and U+2029. Lone surrogates become U+FFFD, as in Go.
 * OpenTofu frees a lock only if its own re-marshalling of the item equals the stored bytes.
 */
export function goJsonString(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(
      ESCAPED,
      (character) =>
        SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `"${escaped}"`;
}
