import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEncryptedOutputsReader } from '../../../src/backend/state/encrypted-outputs.ts';
import { explainUnreadable } from '../../../src/messages/explain-unreadable.ts';
import { parseLookup } from '../../../src/statefile/parse-lookup.ts';
import { scope } from '../../job-state/scopes.ts';

/** OpenTofu 1.12 made it with this passphrase, by `pbkdf2` and `aes_gcm`. */
const STATE = readFileSync(
  join(import.meta.dirname, '../../fixtures/states/opentofu-encrypted.tfstate'),
  'utf8',
);
const PASSPHRASE = 'correct horse battery staple';

async function check(
  text: string,
  { passphrase = PASSPHRASE, piece = 11, kms = false, aads = [] as Buffer[] } = {},
) {
  const lookup = parseLookup('word', 'terraform_data.word.input.value') ?? [];
  const reader = createEncryptedOutputsReader(
    { passphrases: kms ? [] : [passphrase], kmsKeys: kms ? [{ keyId: 'k', endpoint: undefined }] : [], aads },
    [lookup].flat(),
    async () => Buffer.alloc(32),
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) await reader.write(bytes.subarray(at, at + piece));
  return reader.end();
}

async function read(text: string, options: Parameters<typeof check>[1] = {}) {
  const result = await check(text, options);
  if (result === undefined) return 'not encrypted';
  return result.kind === 'invalid' ? result.detail : result.state;
}

const change = (changed: Record<string, unknown>) => JSON.stringify({ ...JSON.parse(STATE), ...changed });
const asMeta = (meta: unknown) => ({
  'key_provider.pbkdf2.k': Buffer.from(JSON.stringify(meta)).toString('base64'),
});
const SALT = Buffer.from('salt').toString('base64');
const FAIR = { salt: SALT, iterations: 200_000, hash_function: 'sha256', key_length: 16 };

/** As OpenTofu would write it, under another alias. */
function encrypt(plain: string, serial: number): string {
  const key = pbkdf2Sync(PASSPHRASE, 'salt', FAIR.iterations, FAIR.key_length, FAIR.hash_function);
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const { 'key_provider.pbkdf2.k': meta } = asMeta(FAIR);
  const head = { serial, lineage: 'l-1', meta: { 'any alias': meta } };
  return JSON.stringify({ ...head, encrypted_data: data.toString('base64'), encryption_version: 'v0' });
}

/** A small state under a key, whose providers stored these data. */
function seal(key: Buffer, metas: readonly unknown[], aad?: Buffer): string {
  const nonce = Buffer.alloc(12, 9);
  const cipher = createCipheriv(key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm', key, nonce);
  if (aad !== undefined) cipher.setAAD(aad);
  const head = { serial: 3, lineage: 'l-1' };
  const plain = JSON.stringify({
    version: 4,
    ...head,
    terraform_version: '1.12.0',
    outputs: {},
    resources: [],
  });
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const meta = Object.fromEntries(
    metas.map((one, i) => [`key_provider.x.${i}`, Buffer.from(JSON.stringify(one)).toString('base64')]),
  );
  return JSON.stringify({ ...head, meta, encrypted_data: data.toString('base64'), encryption_version: 'v0' });
}

/** What each key provider of OpenTofu 1.12 stores beside the ciphertext. */
const KEY_PROVIDERS = {
  pbkdf2: FAIR,
  aws_kms: { ciphertext_blob: 'AAAA', encryption_context: { a: 'b' } },
  gcp_kms: { ciphertext: 'AAAA' },
  openbao: { ciphertext: Buffer.from('vault:v1:AAAA').toString('base64'), associated_data: 'a' },
  azure_vault: {
    ciphertext: 'AAAA',
    iv: null,
    authentication_tag: null,
    additional_authenticated_data: null,
    key_version: '1',
    algo: 'RSA-OAEP-256',
  },
  external: { external_data: null },
};
const GIVEN = { pbkdf2: 'whose passphrase is not given', aws_kms: 'whose key is not given' };
const FIX = { pbkdf2: 'encryption_passphrase', aws_kms: 'encryption_kms_key_id' };

/** The error of `outputs/` for a state that it can't decrypt. */
async function explainRead(text: string, options: Parameters<typeof check>[1] = {}): Promise<string> {
  const result = await check(text, options);
  if (result?.kind !== 'invalid') throw new Error('it was read');
  const { problem, detail } = result;
  return explainUnreadable(scope, { reason: 'state_unreadable', where: 'stored', problem, detail });
}

describe('a state that OpenTofu encrypted', () => {
  it.each([1, 7, 100_000])('is read with its passphrase, in chunks of %d bytes', async (piece) => {
    const state = await read(STATE, { piece });
    if (typeof state === 'string') throw new Error(state);
    const outputs = [...state.outputs].map(([name, { value, sensitive, deprecated }]) => [
      name,
      value,
      sensitive,
      deprecated,
    ]);
    expect(outputs).toEqual([
      ['password', 'hunter2-and-then-some', true, undefined],
      ['url', 'https://x', false, 'use urls'],
      ['zones', ['a', 'b'], false, undefined],
    ]);
    expect(state.lookups?.get('word')).toEqual({ kind: 'found', value: 'looked-up', sensitive: false });
  });

  it("is read whatever its key provider's name, with a shorter key and another hash", async () => {
    const plain = JSON.stringify({
      version: 4,
      serial: 3,
      lineage: 'l-1',
      terraform_version: '1.12.0',
      outputs: {},
      resources: [],
    });
    expect(await read(encrypt(plain, 3))).toMatchObject({ header: { serial: 3n } });
    expect(await read(encrypt(plain, 4))).toContain('differs from the one inside');
  });

  it('reveals nothing with a wrong passphrase or after a modification', async () => {
    const wrong = /another passphrase/;
    expect(await read(STATE, { passphrase: 'another passphrase of mine' })).toMatch(wrong);
    const data = Buffer.from(JSON.parse(STATE).encrypted_data, 'base64');
    for (const at of [0, 40, data.length - 1]) {
      const changed = Buffer.from(data);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await read(change({ encrypted_data: changed.toString('base64') }))).toMatch(wrong);
    }
    for (const length of [0, 5, 27, data.length - 1]) {
      expect(await read(change({ encrypted_data: data.subarray(0, length).toString('base64') }))).toMatch(
        wrong,
      );
    }
  });

  it.each([
    [{ iterations: 1 }, 'its 1 iterations are not between'],
    [{ iterations: 2 ** 31 }, 'iterations are not between'],
    [{ iterations: 1e300 }, 'iterations are not between'],
    [{ iterations: 300_000.5 }, 'a key provider of unknown type (key_provider.pbkdf2.k)'],
    [{ hash_function: 'md5' }, 'neither sha256 nor sha512'],
    [{ key_length: 1_000_000 }, 'is not an AES key'],
    [{ salt: 'A'.repeat(4_000) }, 'its salt is too long'],
    [{ salt: '' }, 'a key provider of unknown type (key_provider.pbkdf2.k)'],
  ])('derives no key for an envelope that asks for %j', async (asked, detail) => {
    expect(await read(change({ meta: asMeta({ ...FAIR, ...asked }) }))).toContain(detail);
  });

  it.each(Object.entries(KEY_PROVIDERS))('with the key provider %s: %j', async (type, stored) => {
    const meta = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, Buffer.from(JSON.stringify(stored)).toString('base64')]));
    const name = `key_provider.${type}.k`;
    const text = change({ meta: meta([name]) });
    const other = await explainRead(text, { kms: type === 'pbkdf2' });
    if (type === 'pbkdf2' || type === 'aws_kms') {
      expect(other).toContain(`with the key provider ${type} (${name}), `);
      expect(other).toContain(GIVEN[type]);
      expect(other).toContain(`\`${FIX[type]}\``);
      // A passphrase alone is no help for a chain that ends at KMS.
      const chained = { ...meta([name]), ...asMeta(FAIR) };
      if (type === 'aws_kms') expect(await explainRead(change({ meta: chained }))).toContain(GIVEN.aws_kms);
    } else {
      for (const kms of [false, true]) {
        const error = await explainRead(text, { kms });
        expect(error).toContain(`it is encrypted by OpenTofu with the key provider ${type} (${name}).\n`);
        expect(error).toContain('Hold the state');
        expect(error).not.toContain('encryption_passphrase');
        // The data shows the type, under an alias as well.
        expect(await explainRead(change({ meta: meta(['any alias']) }), { kms })).toContain(
          `the key provider ${type} (any alias).`,
        );
      }
      const chained = { ...meta([name]), ...asMeta(FAIR) };
      expect(await explainRead(change({ meta: chained }))).toContain(`the key provider ${type} (${name}).`);
    }
  });

  it('with the method external gets an error that names it, with and without a key provider', async () => {
    const keyed = change({
      encrypted_data: Buffer.from('what some program wrote, of any length').toString('base64'),
    });
    expect(await explainRead(keyed)).toContain('with the method external');
    const keyless = await explainRead(change({ meta: {} }));
    expect(keyless).toContain('without a key provider, as only the method external does');
    expect(keyless).toContain('Hold the state');
  });

  it('in another format gets an error that says so', async () => {
    expect(await read(change({ meta: 'x' }))).toContain('does not precede the ciphertext');
    expect(await read(change({ encryption_version: 'v1' }))).toContain('format other than v0');
    const { meta, ...others } = JSON.parse(STATE);
    expect(await read(JSON.stringify({ ...others, meta }))).toContain('does not precede the ciphertext');
  });

  it('by a key provider that is chained to others is read, whichever order the envelope has them in', async () => {
    const upstream = pbkdf2Sync(PASSPHRASE, 'salt', FAIR.iterations, 32, 'sha256');
    const key = pbkdf2Sync(upstream, 'other', FAIR.iterations, 32, 'sha512');
    const metas = [
      { ...FAIR, key_length: 32 },
      { ...FAIR, key_length: 32, hash_function: 'sha512', salt: Buffer.from('other').toString('base64') },
    ];
    for (const order of [metas, metas.toReversed()])
      expect(await read(seal(key, order))).toMatchObject({ header: { serial: 3n } });
    const wrapped = { ciphertext_blob: 'AAAA' };
    const ofKms = pbkdf2Sync(Buffer.alloc(32), 'other', FAIR.iterations, 32, 'sha512');
    expect(await read(seal(ofKms, [wrapped, metas[1]]), { kms: true })).toMatchObject({
      header: { serial: 3n },
    });
  });

  it('with an aad is read with that aad alone', async () => {
    const key = pbkdf2Sync(PASSPHRASE, 'salt', FAIR.iterations, FAIR.key_length, FAIR.hash_function);
    const aads = [Buffer.from('another'), Buffer.from('aad')];
    const text = seal(key, [FAIR], Buffer.from('aad'));
    expect(await read(text, { aads })).toMatchObject({ header: { serial: 3n } });
    expect(await read(text)).toContain('another passphrase, key or aad');
    expect(await read(seal(key, [FAIR]), { aads })).toMatchObject({ header: { serial: 3n } });
  });

  it("that isn't encrypted at all is left to the plain reader", async () => {
    expect(await read('{"version":4,"outputs":{}}')).toBe('not encrypted');
  });
});
