import { describe, expect, it } from 'vitest';
import { readOutputsInputs } from '../../../src/steps/outputs/outputs-inputs.ts';
import { parseEncryption } from '../../../src/steps/outputs/tf-encryption.ts';
import { findProblems, inputSources, leastInputs } from '../../job-state/support.ts';

const PASSPHRASE = 'correct horse battery staple';
const OTHER = 'another passphrase of mine';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1';
const HCL = `
# Rotated: the fallback still reads what the old passphrase encrypted.
key_provider "pbkdf2" "new" {
  passphrase = "${PASSPHRASE}"
}
key_provider "pbkdf2" "old" {
  passphrase = "${OTHER}"
}
key_provider "aws_kms" "k" {
  kms_key_id = "${KEY}"
  key_spec   = "AES_256"
  endpoints {
    kms = "http://localhost"
  }
}
key_provider "gcp_kms" "g" {
  kms_encryption_key = var.key
}
method "aes_gcm" "m" {
  keys = key_provider.pbkdf2.new
  aad  = [1, 2, 255]
}
method "unencrypted" "none" {}
state {
  method = method.aes_gcm.m
  fallback { method = method.unencrypted.none }
}
`;
const JSON_TEXT = JSON.stringify({
  key_provider: {
    pbkdf2: { new: { passphrase: PASSPHRASE }, old: [{ passphrase: OTHER }] },
    aws_kms: [{ k: { kms_key_id: KEY, key_spec: 'AES_256' } }],
  },
  method: { aes_gcm: { m: { keys: 'key_provider.pbkdf2.new', aad: [1, 2, 255] } } },
  state: { method: 'method.aes_gcm.m' },
});

const read = (text: string, inputs: Record<string, string> = {}) =>
  readOutputsInputs(inputSources({ ...leastInputs, ...inputs }, { TF_ENCRYPTION: text }));
const listProblems = (text: string) =>
  findProblems(() => read(text)).map(({ input, value }) => [input, value]);

describe("OpenTofu's TF_ENCRYPTION", () => {
  it.each([
    ['HCL', HCL],
    ['JSON', JSON_TEXT],
  ])('gives passphrases, KMS keys and aads, as %s', (_, text) => {
    expect(parseEncryption(text)).toEqual({
      passphrases: [PASSPHRASE, OTHER],
      kmsKeyIds: [KEY],
      aads: [Buffer.from([1, 2, 255])],
      unknown: [],
    });
  });

  it('is used when no input gives a key, and then only for states', () => {
    const kmsKeys = [{ keyId: KEY, endpoint: undefined }];
    const aads = [Buffer.from([1, 2, 255])];
    expect(read(HCL).decryption).toEqual({ passphrases: [PASSPHRASE, OTHER], kmsKeys, aads });
    expect(read(HCL, { encryption_passphrase: OTHER }).decryption).toEqual({
      passphrases: [OTHER],
      kmsKeys: [],
      aads: [],
    });
    expect(read(HCL, { source: 'published' }).decryption).toBeUndefined();
    expect(read('').decryption).toBeUndefined();
  });

  it('is a warning where a value would have to be evaluated, and names it', () => {
    const { warnings, decryption } = read(`
      key_provider "pbkdf2" "k" {
        passphrase = var.passphrase
      }
      method "aes_gcm" "m" {
        keys = key_provider.pbkdf2.k
        aad  = [300]
      }
    `);
    expect(decryption).toEqual({ passphrases: [], kmsKeys: [], aads: [] });
    expect(warnings.join()).toContain('key_provider.pbkdf2.k.passphrase, method.aes_gcm.m.aad');
  });

  it.each([
    ['key_provider "pbkdf2" "k" {', [['TF_ENCRYPTION', '(a secret)']]],
    ['{"key_provider": ', [['TF_ENCRYPTION', '(a secret)']]],
    ['key_provider "pbkdf2" "k" {\n  passphrase = "short"\n}', [['TF_ENCRYPTION', '(a secret)']]],
    ['key_provider "aws_kms" "k" {\n  kms_key_id = "a key"\n}', [['TF_ENCRYPTION', 'a key']]],
  ])('is refused before anything is read: %s', (text, problems) => {
    expect(listProblems(text)).toEqual(problems);
  });
});
