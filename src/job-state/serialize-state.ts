import * as v from 'valibot';

/** JSON that keeps fields without a value (as null) and exact integers (as text). */
export function serializeState(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field === undefined) return null;
    return typeof field === 'bigint' ? field.toString() : field;
  });
}

/** What `serializeState` made of a value that may be missing. */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );

/** What `serializeState` made of an exact integer. */
export const exactInteger = v.pipe(
  v.string(),
  v.digits(),
  v.transform((digits) => BigInt(digits)),
);

/** Schemas of all fields of a type that another room owns, the optional ones as well: none is forgotten on the way to post. */
export type FieldsOf<T> = { readonly [Field in keyof T]-?: v.GenericSchema<unknown, T[Field]> };
