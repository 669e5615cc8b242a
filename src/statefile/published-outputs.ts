import type { StateHeader } from './header.ts';
import { JsonScanner } from './json-scanner.ts';
import { createTreeBuilder, isJsonNumber, isJsonObject, type JsonValue, printJson } from './json-tree.ts';
import { readDeprecation, type StateOutput, type StateOutputs } from './outputs.ts';

/** The version of the format, its `schema_version`. Readers accept no other. */
export const PUBLISHED_VERSION = 1;

/**
 * A state's outputs that are not sensitive, as a separate object (docs/design.md#published-outputs). It does not even
 * contain the names of sensitive ones. The same outputs always give the same bytes. Pure.
 */
export function printPublishedOutputs(
  { serial, lineage }: StateHeader,
  outputs: StateOutputs['outputs'],
): string {
  const open = [...outputs].filter(([, { sensitive }]) => !sensitive).sort(([a], [b]) => (a < b ? -1 : 1));
  const fields = open.map(([name, { value, type, deprecated }]): [string, JsonValue] => {
    const output = new Map<string, JsonValue>();
    output.set('value', value);
    output.set('type', type);
    if (deprecated !== undefined) output.set('deprecated', deprecated);
    return [name, output];
  });
  const document = new Map<string, JsonValue>();
  document.set('schema_version', { digits: String(PUBLISHED_VERSION) });
  document.set('serial', { digits: String(serial) });
  document.set('lineage', lineage);
  document.set('outputs', new Map(fields));
  return `${printJson(document, 2)}\n`;
}

/** Reads published outputs; `detail` says what is wrong with an unusable object. Pure. */
export function parsePublishedOutputs(
  bytes: Uint8Array,
): { readonly ok: true; readonly state: StateOutputs } | { readonly ok: false; readonly detail: string } {
  const tree = createTreeBuilder();
  const scanner = new JsonScanner(tree.sink);
  scanner.write(bytes);
  if (scanner.end().kind !== 'complete') return { ok: false, detail: 'it is not complete JSON' };
  const document = tree.value();
  if (!isJsonObject(document)) return { ok: false, detail: 'it is not a JSON object' };
  const version = document.get('schema_version');
  if (!isJsonNumber(version) || version.digits !== String(PUBLISHED_VERSION)) {
    return { ok: false, detail: `its schema_version is not ${PUBLISHED_VERSION}` };
  }
  const serial = document.get('serial');
  const lineage = document.get('lineage');
  const outputs = document.get('outputs');
  if (!isJsonNumber(serial) || !/^\d{1,20}$/.test(serial.digits) || typeof lineage !== 'string') {
    return { ok: false, detail: 'it does not say which state it belongs to (serial, lineage)' };
  }
  if (!isJsonObject(outputs)) return { ok: false, detail: 'it has no outputs' };
  const found = new Map<string, StateOutput>();
  for (const [name, output] of outputs) {
    const type = isJsonObject(output) ? output.get('type') : undefined;
    if (!isJsonObject(output) || !output.has('value') || typeof type !== 'string') {
      return { ok: false, detail: `its output "${name}" has no value or no type` };
    }
    const deprecated = readDeprecation(output);
    found.set(name, { value: output.get('value') ?? null, type, sensitive: false, deprecated });
  }
  const header = { serial: BigInt(serial.digits), lineage, terraformVersion: undefined };
  return { ok: true, state: { header, outputs: found } };
}
