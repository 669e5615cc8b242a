import { isJsonObject, type JsonValue } from './json-tree.ts';

/**
 * A type in Terraform's language, `map(list(string))`, from cty's JSON notation (docs/protocol.md#types). A type
 * without such a form is `dynamic`.
 */
export function typeName(type: JsonValue): string {
  if (typeof type === 'string') return type;
  if (!Array.isArray(type)) return 'dynamic';
  const [kind, inner]: readonly (JsonValue | undefined)[] = type;
  if (kind === 'list' || kind === 'set' || kind === 'map') return `${kind}(${typeName(inner ?? null)})`;
  if (kind === 'tuple' && Array.isArray(inner)) return `tuple([${inner.map(typeName).join(', ')}])`;
  if (kind === 'object' && isJsonObject(inner)) {
    const fields = Array.from(inner, ([name, field]) => `${name} = ${typeName(field)}`);
    return fields.length === 0 ? 'object({})' : `object({ ${fields.join(', ')} })`;
  }
  return 'dynamic';
}
