import { expect } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';

/** Waits until something is true; a test that waits for longer than two minutes fails. */
export const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  expect(await eventually(isTrue, { timeoutMs: 120_000, everyMs: 10 })).toBe(true);
};
