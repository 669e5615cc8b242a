/** How many rows have each status, in the order of the list, which has every status. Pure. */
export function countStatuses<Kind extends string>(
  kinds: readonly Kind[],
  rows: readonly { readonly status: { readonly kind: Kind } }[],
): readonly (readonly [kind: Kind, count: number])[] {
  return kinds.map((kind) => [kind, rows.filter(({ status }) => status.kind === kind).length] as const);
}
