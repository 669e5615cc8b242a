import * as v from 'valibot';

/** One permission that a call to AWS takes. */
export interface IamCall {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

const Texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given) => (typeof given === 'string' ? [given] : given)),
);

const PolicySchema = v.strictObject({
  Version: v.literal('2012-10-17'),
  Statement: v.array(
    v.strictObject({
      Sid: v.optional(v.string()),
      Effect: v.literal('Allow'),
      Action: Texts,
      Resource: Texts,
      Condition: v.optional(v.record(v.string(), v.record(v.string(), Texts))),
    }),
  ),
});

type IamStatement = v.InferOutput<typeof PolicySchema>['Statement'][number];

/** The statements of a policy. Throws on what these tests can't interpret, such as a Deny. */
export function readStatements(policy: string): IamStatement[] {
  return v.parse(PolicySchema, JSON.parse(policy)).Statement;
}

/** The indices of the statements that allow a call, by the rules of IAM's policy evaluation; none: it is denied. */
export function allowedBy(policy: string, call: IamCall): number[] {
  const statements = readStatements(policy);
  return [...statements.keys()].filter((i) => {
    const statement = statements[i];
    return statement !== undefined && fits(statement, call);
  });
}

function fits({ Action, Resource, Condition = {} }: IamStatement, call: IamCall): boolean {
  return (
    Action.includes(call.action) &&
    Resource.some((pattern) => isLike(pattern, call.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, patterns]) => isMet(operator, patterns, call.context[key])),
    )
  );
}

function isMet(
  operator: string,
  patterns: readonly string[],
  values: readonly string[] | undefined,
): boolean {
  if (operator === 'Null') return patterns.includes(String(values === undefined));
  const [, forAll, comparison] = /^(ForAllValues:)?(StringEquals|StringLike)$/.exec(operator) ?? [];
  if (comparison === undefined) throw new Error(`no meaning for ${operator}`);
  // Without the key, ForAllValues is true and everything else is false.
  if (values === undefined) return forAll !== undefined;
  const isOne = (value: string) =>
    patterns.some((pattern) =>
      comparison === 'StringLike' ? isLike(pattern, value) : literal(pattern) === value,
    );
  return forAll === undefined ? values.some(isOne) : values.every(isOne);
}

const SPECIAL = /\$\{([*?$])\}/g;

function literal(pattern: string): string {
  const text = pattern.replace(SPECIAL, '$1');
  if (/\$\{/.test(pattern.replace(SPECIAL, '_'))) throw new Error(`a variable in ${pattern}`);
  return text;
}

function isLike(pattern: string, value: string): boolean {
  const parts = pattern.split(/(\$\{[*?$]\}|[*?])/);
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return literal(part).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's').test(value);
}
