/** What it takes to decrypt states that OpenTofu encrypted. */
export interface StateDecryption {
  /** For key providers `pbkdf2`. */
  readonly passphrases: readonly string[];
  /** For key providers `aws_kms`. */
  readonly kmsKeys: readonly StateKmsKey[];
  /** The `aad` of methods `aes_gcm` that have one. */
  readonly aads: readonly Buffer[];
}

/** A KMS key, and the endpoint to call; undefined for AWS's own endpoint. */
export interface StateKmsKey {
  readonly keyId: string;
  readonly endpoint: string | undefined;
}
