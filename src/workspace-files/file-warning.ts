/** What stays on the disk that was to be removed or restored; `why` is the system's message. */
export type FileWarning =
  /** A directory that holds the state. */
  | { readonly kind: 'not_removed'; readonly path: string; readonly why: string }
  | { readonly kind: 'not_restored'; readonly path: string; readonly why: string }
  /** Somebody else wrote the file since. */
  | { readonly kind: 'not_ours'; readonly path: string };
