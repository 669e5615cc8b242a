import { describe, expect, it } from 'vitest';
import { type CopyRules, copySharedInputs } from '../../scripts/reference/copy-inputs.ts';

const RULES: CopyRules = {
  groups: ['Where the state is', 'Credentials'],
  mainOnly: ['states'],
  saidByDoctor: ['workspace'],
  describes: [],
  lacks: [],
};

const MAIN = makeAction(`
  # Where the state is: as in Terraform.
  bucket:
    description: >-
      The bucket, in
      two lines.
  states:
    description: Several states.
  workspace:
    description: The workspace that the job selects.
  region:
    description: The region.
    default: here

  # Credentials.
  role_arn:
    description: The role.

  # What the job needs.
  pull:
    description: Whether to pull.
`);

const DOCTOR = makeAction(`
  # Where the state is.
  bucket:
    description: The bucket.
  workspace:
    description: The workspace.

  # Credentials.
  role_arn:
    description: The role.
`);

const TARGET = makeAction(`
  # What to do.
  command:
    description: The command.

  # Where the states are.
  bucket:
    description: A bucket.
  region:
    description: A region.

  # Credentials, as everywhere.
  role_arn:
    description: A role.
`);

describe('the inputs that actions share', () => {
  it('have the lines of the main action, each in its place, between the inputs of the action itself', () => {
    expect(copy(TARGET)).toBe(
      `${NOTICE}${makeAction(`
  # What to do.
  command:
    description: The command.

  # Where the states are.
  bucket:
    description: >-
      The bucket, in
      two lines.
  workspace:
    description: The workspace.
  region:
    description: The region.
    default: here

  # Credentials, as everywhere.
  role_arn:
    description: The role.
`)}`,
    );
  });

  it('are copied once: a second time changes nothing', () => {
    expect(copy(copy(TARGET))).toBe(copy(TARGET));
  });

  it('begin a group when the main action begins it with a new one', () => {
    const main = MAIN.replace('  role_arn:', '  profile:\n    description: The profile.\n  role_arn:');
    expect(
      copySharedInputs({ source: 'freeze/action.yml', target: TARGET, main, doctor: DOCTOR }, RULES),
    ).toContain(
      '\n  # Credentials, as everywhere.\n  profile:\n    description: The profile.\n  role_arn:\n',
    );
  });

  it('stay away, or keep their own description, where the action says so', () => {
    const target = TARGET.replace('A region.', 'Its own region.\n    default: here');
    const text = copy(target, { lacks: ['workspace'], describes: ['region'] });
    expect(text).toContain('Its own region.');
    expect(text).not.toContain('workspace');
  });

  it.each([
    ['an input that it is said to lack', { lacks: ['region'] }, /region is declared, but listed as lacking/],
    [
      'own words for an input that it lacks',
      { describes: ['workspace'] },
      /workspace is listed .* isn't decl/,
    ],
    ['own words with another default', { describes: ['region'] }, /region differs .* more than its descr/],
    ['a group that main lacks', { groups: ['Elsewhere'] }, /main action.yml has no group .* "# Elsewhere"/],
  ])('a file is refused for %s', (_case, rules, message) => {
    expect(() => copy(TARGET, rules)).toThrow(message);
  });

  it.each([
    [
      'a list',
      '    - description',
      /freeze\/action\.yml: the input region is not declared as .* description/,
    ],
    ['no description', '    default: here', /freeze\/action\.yml: the input region is not declared as/],
    ['a key that no input has', '    description: A\n    type: text', /the input region .*"type"/],
    ['no YAML', '    description: "A', /freeze\/action\.yml: the input region is not YAML/],
  ])('a file is refused, by its name, for an input whose declaration is %s', (_case, lines, message) => {
    const target = TARGET.replace('    description: A region.', lines);
    expect(() => copy(target, { describes: ['region'] })).toThrow(message);
  });

  it('the main file and the doctor are named when the declaration is theirs', () => {
    const rules = { ...RULES, describes: ['region', 'workspace'] };
    const target = TARGET.replace('  region:', '  workspace:\n    description: Which.\n  region:');
    const files = { source: 'freeze/action.yml', target, main: MAIN, doctor: DOCTOR };
    const main = MAIN.replace('description: The region.', '- no');
    expect(() => copySharedInputs({ ...files, main }, rules)).toThrow(
      /^action\.yml: the input region is not/,
    );
    const doctor = DOCTOR.replace('description: The workspace.', '- no');
    expect(() => copySharedInputs({ ...files, doctor }, rules)).toThrow(
      /^doctor\/action\.yml: the input workspace is not/,
    );
  });

  it('a file is refused for own words that say the same, and for a group of which it has nothing', () => {
    const target = TARGET.replace('A role.', 'The role.');
    expect(() => copy(target, { describes: ['role_arn'] })).toThrow('has the shared description');
    const [without = ''] = TARGET.split('\n  # Credentials');
    expect(() => copy(`${without}\noutputs:\n`)).toThrow('no input of the group "# Credentials"');
  });
});

const NOTICE = `# "npm run reference" copies the inputs that all actions share from ../action.yml. Change them there.\n`;

function copy(target: string, exceptions: Partial<CopyRules> = {}): string {
  const files = { source: 'freeze/action.yml', target, main: MAIN, doctor: DOCTOR };
  return copySharedInputs(files, { ...RULES, ...exceptions });
}

function makeAction(inputs: string): string {
  return `name: An action\n\ninputs:${inputs}\noutputs:\n  held:\n    description: Whether.\n`;
}
