import * as v from 'valibot';
import { parse } from 'yaml';

/** An input as `action.yml` has it, line by line, so that copying keeps comments and line breaks. */
interface InputLines {
  /** The `action.yml` that has it. */
  readonly file: string;
  readonly name: string;
  /** The blank lines and comments above it. A comment begins a group. */
  readonly above: string;
  /** Its name and everything indented below. */
  readonly body: string;
}

/** Inputs below one comment of `action.yml`. */
interface InputGroup {
  readonly title: string;
  readonly inputs: readonly InputLines[];
}

/** The shared inputs, and what one action does differently with them. */
export interface CopyRules {
  /** The titles of the groups whose inputs are shared. */
  readonly groups: readonly string[];
  /** Inputs of these groups that only the main action has. */
  readonly mainOnly: readonly string[];
  /** Inputs that the doctor's file describes for all but the main action. */
  readonly saidByDoctor: readonly string[];
  /** Shared inputs that the action describes itself. */
  readonly describes: readonly string[];
  /** Shared inputs that the action doesn't have. */
  readonly lacks: readonly string[];
}

/** The files of an `action.yml` that shares its inputs: its path and text, and the texts from which the inputs come. */
export interface ActionFiles {
  readonly source: string;
  readonly target: string;
  readonly main: string;
  readonly doctor: string;
}

const MAIN = 'action.yml';
const DOCTOR = 'doctor/action.yml';

/** What the declaration of an input may say. */
const Declaration = v.strictObject({
  description: v.string(),
  required: v.optional(v.boolean()),
  default: v.optional(v.union([v.string(), v.boolean(), v.number()])),
  deprecationMessage: v.optional(v.string()),
});

/** The first line of each `action.yml` that shares inputs. */
const NOTICE = `# "npm run reference" copies the inputs that all actions share from ../action.yml. Change them there.\n`;

/**
 * The text of an `action.yml` with the shared inputs as they are declared in the main one. Inputs of its own, groups and comments
 * stay as they are. An input that it doesn't have yet goes where the main file has it. Throws for an exception that the file
 * contradicts, and for a file that isn't laid out as expected. Pure.
 */
export function copySharedInputs(files: ActionFiles, rules: CopyRules): string {
  const { head, inputs, tail } = splitInputs(files.target, files.source);
  let copied: readonly InputLines[] = inputs;
  for (const group of listShared(files, rules)) {
    for (const input of group.inputs) copied = copyInput(copied, input, group, rules);
  }
  const ownHead = head.replace(/^(?:#.*\n)*/, '');
  return NOTICE + ownHead + copied.map(({ above, body }) => above + body).join('') + tail;
}

/** The shared groups in the order of the main file. What the doctor describes takes the place that it has in the doctor's file. */
function listShared({ main, doctor }: ActionFiles, rules: CopyRules): InputGroup[] {
  const inMain = groupInputs(splitInputs(main, MAIN).inputs);
  const inDoctor = groupInputs(splitInputs(doctor, DOCTOR).inputs);
  return rules.groups.map((title) => {
    const declared = findGroup(inMain, title, `the main ${MAIN}`).inputs.filter(
      ({ name }) => !rules.mainOnly.includes(name) && !rules.saidByDoctor.includes(name),
    );
    const inputs = [...declared];
    const { inputs: ofDoctor } = findGroup(inDoctor, title, DOCTOR);
    for (const [index, input] of ofDoctor.entries()) {
      if (!rules.saidByDoctor.includes(input.name)) continue;
      const before = inputs.findIndex(({ name }) => name === ofDoctor[index - 1]?.name);
      inputs.splice(before + 1, 0, input);
    }
    return { title, inputs };
  });
}

function findGroup(groups: readonly InputGroup[], title: string, file: string): InputGroup {
  const group = groups.find((group) => group.title === title);
  if (group === undefined) throw new Error(`${file} has no group of inputs "# ${title}"`);
  return group;
}

/** The inputs of a file with one shared input in its place. */
function copyInput(
  inputs: readonly InputLines[],
  shared: InputLines,
  group: InputGroup,
  { describes, lacks }: CopyRules,
): readonly InputLines[] {
  const { name } = shared;
  const present = inputs.find((input) => input.name === name);
  if (lacks.includes(name)) {
    if (present !== undefined) throw new Error(`${name} is declared, but listed as lacking`);
    return inputs;
  }
  if (describes.includes(name)) {
    checkOwnWords(present, shared);
    return inputs;
  }
  if (present === undefined) return insertInput(inputs, shared, group);
  return inputs.map((input) => (input === present ? { ...shared, above: input.above } : input));
}

/** An action's own words must be words, and other ones than those of the shared input. */
function checkOwnWords(own: InputLines | undefined, shared: InputLines): void {
  if (own === undefined) throw new Error(`${shared.name} is listed as described here, but isn't declared`);
  const { description, ...rest } = parseInput(own);
  const { description: sharedDescription, ...sharedRest } = parseInput(shared);
  if (JSON.stringify(rest) !== JSON.stringify(sharedRest))
    throw new Error(`${shared.name} differs from the main action's in more than its description`);
  if (description === sharedDescription)
    throw new Error(`${shared.name} is listed as described here, but has the shared description`);
}

/** Throws an error that names the file and the input. */
function parseInput({ file, name, body }: InputLines): v.InferOutput<typeof Declaration> {
  const read = v.safeParse(v.record(v.string(), Declaration), readYaml(file, name, body));
  const declared = read.success ? read.output[name] : undefined;
  if (declared !== undefined) return declared;
  const problems = (read.issues ?? []).map(
    ({ path, message }) => `${path?.map(({ key }) => key).join('.')}: ${message}`,
  );
  throw new Error(
    `${file}: the input ${name} is not declared as a mapping with a description (${problems.join('; ')})`,
  );
}

function readYaml(file: string, name: string, body: string): unknown {
  try {
    return parse(body);
  } catch (error) {
    throw new Error(`${file}: the input ${name} is not YAML`, { cause: error });
  }
}

/** Puts a new input behind the one that precedes it in its group, or at the head of the group. */
function insertInput(
  inputs: readonly InputLines[],
  shared: InputLines,
  group: InputGroup,
): readonly InputLines[] {
  const position = group.inputs.indexOf(shared);
  const names = (part: readonly InputLines[]) => part.map((input) => input.name);
  const before = names(group.inputs.slice(0, position));
  const last = inputs.findLastIndex((input) => before.includes(input.name));
  if (last >= 0) return inputs.toSpliced(last + 1, 0, { ...shared, above: '' });
  const after = names(group.inputs.slice(position + 1));
  const first = inputs.findIndex((input) => after.includes(input.name));
  const next = inputs[first];
  if (next === undefined) throw new Error(`no input of the group "# ${group.title}" is declared`);
  const heading = { ...shared, above: next.above };
  return inputs.toSpliced(first, 1, heading, { ...next, above: '' });
}

function groupInputs(inputs: readonly InputLines[]): InputGroup[] {
  const groups: { title: string; inputs: InputLines[] }[] = [];
  for (const input of inputs) {
    const [, title] = /# ([^.:\n]+)/.exec(input.above) ?? [];
    if (title !== undefined || groups.length === 0) groups.push({ title: title ?? '', inputs: [] });
    groups.at(-1)?.inputs.push(input);
  }
  return groups;
}

/** The inputs of an `action.yml`, and the text around them. */
function splitInputs(text: string, file: string): { head: string; inputs: InputLines[]; tail: string } {
  const [, head, section, tail] = /^([\s\S]*^inputs:\n)([\s\S]*?)(^\n?outputs:\n[\s\S]*)$/m.exec(text) ?? [];
  if (head === undefined || section === undefined || tail === undefined)
    throw new Error(`${file} has no "inputs:" before "outputs:"`);
  const entries = section.matchAll(/((?:\n| {2}#.*\n)*)( {2}(\w+):\n(?: {4}.*\n)+)/g);
  const inputs = [...entries].map(([, above = '', body = '', name = '']) => ({ file, name, above, body }));
  if (inputs.map(({ above, body }) => above + body).join('') !== section)
    throw new Error(`${file} has lines among its inputs that belong to none`);
  return { head, inputs, tail };
}
