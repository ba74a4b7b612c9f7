import type { z } from 'zod';
import type { IncentiveChanged } from '#shared/eventing/contracts/incentive-changes.ts';
import { type ChangeRow, changeColumns } from '#shared/stores/analytics/change-row.ts';

type Change = z.output<typeof IncentiveChanged.schema>;

/**
 * The row of a change: columns that files do not have yet are kept in `others`. None for a
 * tombstone, which adds nothing to its deletion.
 */
export const changeRowsOf = (change: Change): readonly ChangeRow[] => {
  if (change === undefined) return [];
  const { op, source } = change;
  const image = op === 'd' ? change.before : change.after;
  const isKnown = ([column]: [string, unknown]) => column in changeColumns;
  const known = Object.entries(image).filter(isKnown);
  const others = Object.entries(image).filter((entry) => !isKnown(entry));
  return [
    {
      ...Object.fromEntries(known),
      incentive_id: image.incentive_id,
      lsn: source.lsn ?? null,
      op,
      changed_at: new Date(source.ts_ms).toISOString(),
      ...(others.length > 0 && { others: Object.fromEntries(others) }),
    },
  ];
};
