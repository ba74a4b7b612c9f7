import { describe, expect, it } from 'vitest';
import { activeCampaign, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import type { CampaignStatus } from './campaign.ts';
import { decideChange } from './decide-change.ts';

type Verb = 'activate' | 'pause' | 'end' | 'archive';

const now = new Date('2026-11-21T10:00:00Z');
const after = new Date('2027-01-01T00:00:00Z');
const campaign = (status: CampaignStatus, archivedAt?: Date) => ({
  ...activeCampaign(),
  status,
  revision: 1,
  archivedAt,
  createdAt: now,
  createdBy: 'ann',
  updatedAt: now,
});
const decide = (kind: Verb, of: ReturnType<typeof campaign>, at: Date) => {
  const request = kind === 'activate' ? { kind, version: of.version } : { kind };
  return decideChange(of, request, { now: at, active: [] });
};
const illegal = (from: string, to: string) => ({
  kind: 'refused',
  refusal: {
    reason: 'illegal-transition',
    detail: `A campaign that is ${from} cannot become ${to}`,
  },
});

describe('decideChange of a status', () => {
  const done = { activate: 'activated', pause: 'paused', end: 'ended' } as const;
  it.each<
    [from: CampaignStatus, verb: Exclude<Verb, 'archive'>, to: CampaignStatus, legal: boolean]
  >([
    ['DRAFT', 'activate', 'ACTIVE', true],
    ['PAUSED', 'activate', 'ACTIVE', true],
    ['ENDED', 'activate', 'ACTIVE', false],
    ['DRAFT', 'pause', 'PAUSED', false],
    ['ACTIVE', 'pause', 'PAUSED', true],
    ['ENDED', 'pause', 'PAUSED', false],
    ['DRAFT', 'end', 'ENDED', false],
    ['ACTIVE', 'end', 'ENDED', true],
    ['PAUSED', 'end', 'ENDED', true],
  ])('of %s by %s to %s is legal: %s', (from, verb, to, legal) => {
    expect(decide(verb, campaign(from), now)).toEqual(
      legal ? { kind: 'change', change: done[verb], status: to } : illegal(from, to),
    );
  });

  it.each<[status: CampaignStatus, verb: Verb]>([
    ['ACTIVE', 'activate'],
    ['PAUSED', 'pause'],
    ['ENDED', 'end'],
  ])('leaves %s as it is by %s', (status, verb) => {
    expect(decide(verb, campaign(status), now)).toEqual({ kind: 'unchanged' });
  });

  it('takes an active campaign past its end as ended, and ends it when asked to', () => {
    expect(decide('pause', campaign('ACTIVE'), after)).toEqual(illegal('ENDED', 'PAUSED'));
    expect(decide('end', campaign('ACTIVE'), after)).toMatchObject({ status: 'ENDED' });
  });

  it('leads nowhere from an archived campaign', () => {
    expect(decide('activate', campaign('DRAFT', now), now)).toMatchObject({
      refusal: { reason: 'campaign-archived' },
    });
  });
});

describe('decideChange to archived', () => {
  it('archives what gives nothing, once', () => {
    for (const status of ['DRAFT', 'ENDED'] as const) {
      expect(decide('archive', campaign(status), now)).toEqual({
        kind: 'change',
        change: 'archived',
        status,
        archivedAt: now,
      });
    }
    expect(decide('archive', campaign('ACTIVE'), after)).toMatchObject({ status: 'ENDED' });
    expect(decide('archive', campaign('ACTIVE'), now)).toEqual(illegal('ACTIVE', 'archived'));
    expect(decide('archive', campaign('PAUSED'), now)).toEqual(illegal('PAUSED', 'archived'));
    expect(decide('archive', campaign('DRAFT', now), after)).toEqual({ kind: 'unchanged' });
  });
});

describe('decideChange of terms', () => {
  const terms = simpleTerms({ name: 'Other' });
  const update = { kind: 'update', terms } as const;

  it('gives other terms to whatever has not ended', () => {
    for (const status of ['DRAFT', 'ACTIVE', 'PAUSED'] as const) {
      expect(decideChange(campaign(status), update, { now, active: [] })).toEqual({
        kind: 'change',
        change: 'updated',
        terms,
      });
    }
    expect(decideChange(campaign('ENDED'), update, { now, active: [] })).toMatchObject({
      kind: 'refused',
    });
    expect(decideChange(campaign('ACTIVE'), update, { now: after, active: [] })).toMatchObject({
      kind: 'refused',
    });
    expect(decideChange(campaign('DRAFT', now), update, { now, active: [] })).toMatchObject({
      kind: 'refused',
    });
  });
});

describe('decideChange on a revision', () => {
  const isChanged = { kind: 'refused', refusal: { reason: 'campaign-changed' } };

  it('refuses what was requested on another one', () => {
    const decideOn = (ifRevision: string) =>
      decideChange(campaign('ACTIVE'), { kind: 'pause' }, { now, ifRevision, active: [] });
    expect(decideOn('1')).toMatchObject({ kind: 'change', status: 'PAUSED' });
    expect(decideOn('2')).toMatchObject(isChanged);
  });

  it('activates no terms other than those that were checked', () => {
    const draft = campaign('DRAFT');
    const other = { kind: 'activate', version: draft.version + 1 } as const;
    expect(decideChange(draft, other, { now, active: [] })).toMatchObject(isChanged);
  });
});
