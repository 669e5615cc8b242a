import { planRecord } from '../../__tests__/backend/plan-vault/records.ts';
import { scope } from '../../__tests__/job-state/scopes.ts';
import { plainAwsSettings } from '../../__tests__/support/aws-settings.ts';
import { stateAddress } from '../../src/backend/address.ts';
import { summarizeChanges } from '../../src/backend/plan-vault/summarize-changes.ts';
import { commentBody } from '../../src/github/comment-body.ts';
import { renderSummary, type SummaryFacts } from '../../src/messages/job-summary.ts';
import { renderPlan } from '../../src/messages/plan-summary.ts';
import { renderTimeline } from '../../src/messages/timeline.ts';
import { readJob } from '../../src/runner/job.ts';
import type { PlannedAction } from '../../src/statefile/plan-changes.ts';
import { compareOutputs, remember } from '../../src/steps/outputs/publish/changes.ts';
import type { PublishedOutput, PublishedState } from '../../src/steps/outputs/publish/published.ts';
import { renderOutputs } from '../../src/steps/outputs/publish/render-outputs.ts';
import { renderSection } from '../../src/steps/outputs/publish/section.ts';

const JOB = readJob({
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'octo-org/infrastructure',
  GITHUB_RUN_ID: '1658821493',
});

const OUTPUTS: readonly PublishedOutput[] = [
  { name: 'api_url', type: 'string', value: 'https://api.staging.example.com' },
  {
    name: 'ca_certificate',
    type: 'string',
    value: `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(16)}\n\n-----END CERTIFICATE-----\n`,
  },
  { name: 'database_password', type: 'string', value: undefined },
  { name: 'empty', type: 'string', value: '' },
  { name: 'instance_count', type: 'number', value: { digits: '12345678901234567890' } },
  {
    name: 'nasty',
    type: 'string',
    value: '</code></td></tr> | **bold** @octocat #1 <script>alert(1)</script>',
  },
  {
    name: 'subnets',
    type: 'map(object({ cidr = string, zones = list(string) }))',
    value: new Map([
      [
        'public',
        new Map([
          ['cidr', '10.0.0.0/24'],
          ['zones', 'eu-west-1a'],
        ]),
      ],
    ]),
  },
];

/** What the actions publish, with values that try to break it. */
export function samples(): { readonly name: string; readonly markdown: string }[] {
  const before = remember([
    ...OUTPUTS.slice(0, 4).map((output, i) => (i === 0 ? { ...output, value: 'old' } : output)),
    { name: 'old_url', type: 'string', value: 'x' },
  ]);
  const changes = compareOutputs(before, OUTPUTS);
  const comparisons = [
    { to: 'Against <code>s3://octo-terraform-states/network/app.tfstate</code>', changes },
    { to: 'Since the last version of this comment', changes },
  ];
  const room = { total: 60_000, value: 6_000 };
  const sections = ['production', 'staging'].map((workspace, i) => {
    const state = stateIn(workspace);
    const context = { before: undefined, now: undefined, room: 60_000, job: JOB, isMasked: () => false };
    const section = renderSection(state, { ...context, other: comparisons[i] });
    return { id: state.address.lockPath, content: section?.content ?? '' };
  });
  // With so little room that not all of them fit.
  const tight = renderSection(stateIn('tight'), {
    before: undefined,
    now: undefined,
    room: 1_800,
    job: JOB,
    other: undefined,
    isMasked: () => false,
  });
  sections.push({ id: 'tight', content: tight?.content ?? '' });
  return [
    { name: 'hold', markdown: holdSummary() },
    { name: 'plan', markdown: planSummary() },
    { name: 'comment', markdown: commentBody('outputs', sections) },
    {
      name: 'summary',
      markdown: `### Terraform outputs\n\n${renderOutputs(stateIn('default'), undefined, room).html}`,
    },
  ];
}

/** The pictures in the documentation, with their heights in pixels. */
export function docsPictures(): {
  readonly name: string;
  readonly markdown: string;
  readonly height: number;
}[] {
  const outputs = OUTPUTS.filter(({ name }) => name !== 'empty' && name !== 'nasty');
  const before = outputs
    .filter(({ name }) => name !== 'subnets')
    .map((output) =>
      output.name === 'api_url' ? { ...output, value: 'https://api.old.example.com' } : output,
    );
  const removed = { name: 'old_url', type: 'string', value: 'x' };
  const to = 'Against <code>s3://octo-terraform-states/network/app.tfstate</code>';
  const section = renderSection(
    { ...stateIn('production'), outputs },
    {
      before: undefined,
      now: undefined,
      room: 60_000,
      job: JOB,
      isMasked: () => false,
      other: { to, changes: compareOutputs(remember([...before, removed]), outputs) },
    },
  );
  const comment = commentBody('outputs', [{ id: 'production', content: section?.content ?? '' }]);
  const summary = renderOutputs({ ...stateIn('default'), outputs }, undefined, {
    total: 60_000,
    value: 6_000,
  });
  return [
    { name: 'hold', markdown: unfoldLists(holdSummary()), height: 440 },
    { name: 'plan', markdown: planSummary(), height: 530 },
    { name: 'comment', markdown: comment, height: 365 },
    { name: 'summary', markdown: `### Terraform outputs\n\n${summary.html}`, height: 320 },
  ];
}

/** As a reader sees a page who opened its lists of resources. */
function unfoldLists(markdown: string): string {
  return markdown.replaceAll(/<details>(<summary>\d)/g, '<details open>$1');
}

/** The page of a job that planned, for whoever approves the plan. */
function planSummary(): string {
  const planned = (address: string, action: PlannedAction, module = '') => ({
    address,
    module,
    action,
    deposed: undefined,
  });
  const changes = summarizeChanges([
    planned('aws_instance.web["a"]', 'create'),
    planned('aws_instance.web["b"]', 'update'),
    planned('aws_s3_bucket.legacy', 'delete'),
    planned('module.db.aws_db_instance.main', 'replace', 'module.db'),
    planned('module.db.aws_db_parameter_group.main', 'update', 'module.db'),
  ]);
  const fingerprint = 'b1946ac92492d2347c6235b4d2611184f3a5c6d7e8f9a0b1c2d3e4f5a6b7c8d9';
  const run = 'https://github.com/octo-org/infrastructure/actions/runs/1658821490/attempts/1';
  return renderPlan(
    { ...scope, address: stateIn('production').address },
    {
      planId: '1658821493-1',
      record: { fingerprint, changes },
      outputs: {
        removed: ['vpc_id'],
        retyped: ['subnet_ids'],
        changed: [],
        added: ['zone_id'],
        isComplete: true,
      },
      lastWrite: { at: Date.UTC(2026, 2, 1, 8), by: { actor: 'octocat', run } },
      codeOfLastWrite: { commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e', missing: 2 },
      before: {
        planId: '1658821480-1',
        record: planRecord({ changes, createdAt: Date.UTC(2026, 2, 1, 7, 30) }),
      },
    },
  );
}

/** The job's page after an apply that changed a state. */
function holdSummary(): string {
  const startedAt = Date.UTC(2026, 2, 1, 8);
  const after = (seconds: number): number => startedAt + seconds * 1000;
  const facts: SummaryFacts = {
    backend: {
      address: stateIn('production').address,
      table: 'terraform-locks',
      useLockfile: false,
      objects: { encrypt: true, kmsKeyId: undefined, customerKey: undefined, acl: undefined },
      aws: plainAwsSettings,
    },
    mode: 'hold',
    push: { kind: 'push', isPushed: true, mayBeStored: false, versionId: 'mhY3Pq', serial: 42n },
    serialBefore: 41n,
    changes: {
      added: ['aws_subnet.private["a"]', 'aws_subnet.private["b"]'],
      changed: ['module.dns.aws_route53_record.api'],
      removed: [],
    },
    times: { waitedMs: 12_000, heldSince: 0 },
    heldMs: 194_000,
    lock: 'released',
    problems: [],
  };
  const timeline = renderTimeline({
    startedAt,
    lockedAt: after(12),
    waitedMs: 12_000,
    handedOverAt: after(14),
    checkpointsAt: [after(60), after(120)],
    postAt: after(203),
    pushedAt: after(205),
    releasedAt: after(206),
    push: 'pushed',
    release: 'released',
  });
  return renderSummary(facts, timeline);
}

function stateIn(workspace: string): PublishedState {
  const location = {
    bucket: 'octo-terraform-states',
    key: 'network/app.tfstate',
    workspace,
    workspaceKeyPrefix: 'env:',
  };
  return { address: stateAddress(location), serial: 41n, outputs: OUTPUTS };
}
