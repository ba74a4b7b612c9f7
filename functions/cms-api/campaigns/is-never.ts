import type { Clause } from '#shared/domain/campaigns/campaign.ts';

/** Whether a tree of clauses never holds because of those that are the word false. */
export const isNever = (tree: Clause): boolean => {
  if ('when' in tree) return tree.when.trim() === 'false';
  return 'all' in tree ? tree.all.some(isNever) : tree.any.every(isNever);
};
