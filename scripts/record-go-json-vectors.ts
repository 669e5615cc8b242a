import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asciiJson, terraformJsonStrings } from '../__tests__/support/go-json.ts';

// Records what the real terraform (Go's encoding/json) makes of strings that JSON.stringify writes otherwise,
// or might. Run it by hand with `node scripts/record-go-json-vectors.ts`; the tests read the file.
const FILE = join(import.meta.dirname, '../__tests__/fixtures/go-json-vectors.json');

const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
const texts = [
  '',
  'plain text/with a slash',
  '<script>alert("a & b")</script>',
  'a&b@<host>',
  'back\\slash \\u003c \\n',
  '"quotes" and \'apostrophes\'',
  ...controls,
  'DEL \u007f',
  'C1 \u0080\u0085\u009f',
  'no-break\u00a0space, soft\u00adhyphen',
  'é ü ß ж 中文 हिन्दी',
  'line\u2028and paragraph\u2029separators',
  'zero\u200bwidth \ufeffmark',
  'emoji 😀 👩‍👩‍👧 🇩🇪',
  'noncharacters \ufffe\uffff \u{10ffff}',
  'replacement \ufffd',
  '$\u007btemplate} %{directive} $$\u007bescaped}',
  'https://github.com/acme/infra/actions/runs/1/attempts/2?a=b&c=d#e',
].map((text) => text.normalize('NFC'));

const results = await terraformJsonStrings(texts);
const vectors = texts.map((text, index) => ({ text, json: results[index] }));
writeFileSync(FILE, `${asciiJson(vectors)}\n`);
console.log(`${vectors.length} vectors written to ${FILE}`);
