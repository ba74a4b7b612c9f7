import { fieldLevels, fields } from '#shared/domain/matching/comparing/comparison.ts';
import type { MatchingModel } from '#shared/domain/matching/models/matching-model.ts';
import type { TrainedModel } from './train-tenant.ts';

/** The result of training as text: the sample, the bits of each level, and what would change. */
export const describeModel = (trained: TrainedModel, base: MatchingModel): string => {
  const { matching, records, sampled, candidates, moved } = trained;
  const counts = [sampled, records, candidates].map((count) => count.toLocaleString('en'));
  const levels = fields.flatMap((field) =>
    fieldLevels[field].map((level) => {
      const [before, after] = [base, matching.model].map((model) => {
        const { match = 1, other = 1 } = model.fields[field][level] ?? {};
        return Math.log2(match / other)
          .toFixed(1)
          .padStart(6);
      });
      return `  ${`${field} ${level}`.padEnd(20)} ${before} → ${after} bits`;
    }),
  );
  const moves = moved.map(({ from, to, pairs }) => `  ${pairs} pairs from ${from} to ${to}`);
  return [
    `Trained on ${counts[0]} of ${counts[1]} records and the ${counts[2]} pairs that share a key with them.`,
    `Prior ${base.prior.toExponential(1)} → ${matching.model.prior.toExponential(1)}`,
    ...levels,
    moves.length === 0
      ? 'No pair of the sample changes its band.'
      : 'Pairs that would change their band:',
    ...moves,
  ].join('\n');
};
