/** What could not be removed from the disk or restored. `why` is the system's message. */
export type FileWarning =
  /** A directory that contains the state. */
  | { readonly kind: 'not_removed'; readonly path: string; readonly why: string }
  | { readonly kind: 'not_restored'; readonly path: string; readonly why: string }
  /** Another program has since written the file. */
  | { readonly kind: 'not_ours'; readonly path: string };
