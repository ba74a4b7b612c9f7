import { styleText } from 'node:util';
import type { Place } from '../platform/leaderboard-client.ts';

/** Prints places as aligned lines under a heading; the line of `who` is highlighted. */
export const placesTable = (places: readonly Place[], who?: string): string => {
  const line = (rank: string, customer: string, points: string): string =>
    ` ${rank.padStart(6)}  ${customer.padEnd(12)} ${points.padStart(10)}`;
  const lines = places.map(({ rank, customerId, points }) => {
    const text = line(String(rank), customerId, points.toLocaleString('en'));
    return customerId === who ? styleText('bold', text) : text;
  });
  return [styleText('dim', line('rank', 'customer', 'points')), ...lines].join('\n');
};
