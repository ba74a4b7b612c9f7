import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventNameOf, webhookContracts } from './webhook-contracts.ts';

it('has the events that docs/webhooks.md lists', () => {
  const page = readFileSync('docs/webhooks.md', 'utf8');
  const [, list = ''] = /^`eventTypes` names[^:]*:([^]*?)\n\n/m.exec(page) ?? [];
  let family = '';
  const listed = [...list.matchAll(/`(\w+)?(\.[\w-]+)`/g)].map(([, named, rest]) => {
    family = named ?? family;
    return `${family}${rest}`;
  });
  expect(listed.toSorted()).toEqual(webhookContracts.map(eventNameOf).toSorted());
});
