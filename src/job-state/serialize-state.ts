import * as v from 'valibot';

/** JSON that keeps fields without a value (as null) and exact integers (as strings). */
export function serializeState(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field === undefined) return null;
    return typeof field === 'bigint' ? field.toString() : field;
  });
}

/** The form in which `serializeState` writes a value that may be missing. */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );

/** The form in which `serializeState` writes an exact integer. */
export const exactInteger = v.pipe(
  v.string(),
  v.digits(),
  v.transform((digits) => BigInt(digits)),
);

/**
 * Schemas for all fields of another room's type, including the optional ones, so none is forgotten on the way to post.
 */
export type FieldsOf<T> = { readonly [Field in keyof T]-?: v.GenericSchema<unknown, T[Field]> };
