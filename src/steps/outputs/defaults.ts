import { JsonScanner } from '../../statefile/json-scanner.ts';
import { createTreeBuilder, isJsonNumber, isJsonObject, type JsonValue } from '../../statefile/json-tree.ts';
import { typeName } from '../../statefile/type-name.ts';

/** The values of the `defaults` input with every digit; undefined when it is not a JSON object. Pure. */
export function parseDefaults(text: string): ReadonlyMap<string, JsonValue> | undefined {
  const tree = createTreeBuilder();
  const scanner = new JsonScanner(tree.sink);
  scanner.write(Buffer.from(text));
  if (scanner.end().kind !== 'complete') return undefined;
  const value = tree.value();
  return isJsonObject(value) ? value : undefined;
}

/** The type that Terraform gives to such a value: a JSON array is a tuple, an object is an object. Pure. */
export function typeOfDefault(value: JsonValue): string {
  return typeName(notation(value));
}

/** In cty's JSON notation (docs/protocol.md#types). */
function notation(value: JsonValue): JsonValue {
  if (value === null) return 'dynamic';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (isJsonNumber(value)) return 'number';
  if (!isJsonObject(value)) return ['tuple', value.map(notation)];
  const fields = Array.from(value, ([name, field]): [string, JsonValue] => [name, notation(field)]);
  return ['object', new Map(fields.sort(([a], [b]) => (a < b ? -1 : 1)))];
}
