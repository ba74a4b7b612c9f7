import { describe, expect, it } from 'vitest';
import type { CampaignStatus } from '#shared/domain/campaigns/campaign.ts';
import { activeCampaign, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { decideArchiving, decideTransition, decideUpdate, type Transition } from './decide.ts';

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
const illegal = (from: string, to: string) => ({
  kind: 'refused',
  refusal: {
    reason: 'illegal-transition',
    detail: `A campaign that is ${from} cannot become ${to}`,
  },
});

describe('decideTransition', () => {
  const done = { activate: 'activated', pause: 'paused', end: 'ended' } as const;
  it.each<[from: CampaignStatus, verb: Transition, to: CampaignStatus, legal: boolean]>([
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
    expect(decideTransition(verb, campaign(from), now)).toEqual(
      legal ? { kind: 'change', change: done[verb], status: to } : illegal(from, to),
    );
  });

  it.each<[status: CampaignStatus, verb: Transition]>([
    ['ACTIVE', 'activate'],
    ['PAUSED', 'pause'],
    ['ENDED', 'end'],
  ])('leaves %s as it is by %s', (status, verb) => {
    expect(decideTransition(verb, campaign(status), now)).toEqual({ kind: 'unchanged' });
  });

  it('takes an active campaign past its end as ended, and ends it when asked to', () => {
    expect(decideTransition('pause', campaign('ACTIVE'), after)).toEqual(
      illegal('ENDED', 'PAUSED'),
    );
    expect(decideTransition('end', campaign('ACTIVE'), after)).toMatchObject({ status: 'ENDED' });
  });

  it('leads nowhere from an archived campaign', () => {
    expect(decideTransition('activate', campaign('DRAFT', now), now)).toMatchObject({
      refusal: { reason: 'campaign-archived' },
    });
  });
});

describe('decideArchiving', () => {
  it('archives what gives nothing, once', () => {
    for (const status of ['DRAFT', 'ENDED'] as const) {
      expect(decideArchiving(campaign(status), now)).toEqual({
        kind: 'change',
        change: 'archived',
        status,
        archivedAt: now,
      });
    }
    expect(decideArchiving(campaign('ACTIVE'), after)).toMatchObject({ status: 'ENDED' });
    expect(decideArchiving(campaign('ACTIVE'), now)).toEqual(illegal('ACTIVE', 'archived'));
    expect(decideArchiving(campaign('PAUSED'), now)).toEqual(illegal('PAUSED', 'archived'));
    expect(decideArchiving(campaign('DRAFT', now), after)).toEqual({ kind: 'unchanged' });
  });
});

describe('decideUpdate', () => {
  const terms = simpleTerms({ name: 'Other' });

  it('gives other terms to whatever has not ended', () => {
    for (const status of ['DRAFT', 'ACTIVE', 'PAUSED'] as const) {
      expect(decideUpdate(terms, campaign(status), now)).toEqual({
        kind: 'change',
        change: 'updated',
        terms,
      });
    }
    expect(decideUpdate(terms, campaign('ENDED'), now)).toMatchObject({ kind: 'refused' });
    expect(decideUpdate(terms, campaign('ACTIVE'), after)).toMatchObject({ kind: 'refused' });
    expect(decideUpdate(terms, campaign('DRAFT', now), now)).toMatchObject({ kind: 'refused' });
  });
});
