/** The runner's list of secrets, shared by all steps of a job (docs/runner.md#masks). */
export interface Masks {
  /** Masks a value, each of its lines, and the encoded forms the runner derives; false for a blank value. */
  add(value: string): boolean;
  /** The text with every masked part replaced by `***`. */
  apply(text: string): string;
  /** Values as given, in order. */
  list(): string[];
}

type Encoder = (value: string) => string;

/** The forms of a secret that the runner also masks; hex, base64url and other cases are not among them. */
const ENCODERS: readonly Encoder[] = [
  (value) => value,
  (value) => base64(value, 0),
  (value) => base64(value, 1),
  (value) => base64(value, 2),
  (value) => JSON.stringify(value).slice(1, -1),
  (value) => encodeURIComponent(value.toWellFormed()),
  (value) => value.replace(/[&<>"']/g, (mark) => XML_NAMES[mark] ?? mark),
  (value) => value.replaceAll('"', '\\"'),
  (value) => value.replace(/^"(.*)"$/s, '$1'),
];

const XML_NAMES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Makes an empty list of masks. */
export function createMasks(): Masks {
  const given: string[] = [];
  const needles = new Set<string>();
  const remember = (value: string) => {
    for (const encode of ENCODERS) needles.add(encode(value));
    needles.delete('');
  };
  return {
    add: (value) => {
      if (value.trim() === '') return false;
      given.push(value);
      remember(value);
      const lines = value.split(/[\r\n]+/).map((line) => line.trim());
      if (lines.length > 1) lines.filter((line) => line !== '').forEach(remember);
      return true;
    },
    apply: (text) => replaceAll(text, needles),
    list: () => [...given],
  };
}

/** Overlapping and adjacent matches become one `***`, as in the runner. */
function replaceAll(text: string, needles: ReadonlySet<string>): string {
  const spans: [start: number, end: number][] = [];
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      spans.push([at, at + needle.length]);
    }
  }
  spans.sort(([a], [b]) => a - b);
  let masked = '';
  let position = 0;
  let open = false;
  for (const [start, end] of spans) {
    if (!open || start > position) masked += `${text.slice(position, start)}***`;
    position = Math.max(position, end);
    open = true;
  }
  return masked + text.slice(position);
}

function base64(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
}
