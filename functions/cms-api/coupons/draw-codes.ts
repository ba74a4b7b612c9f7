import { randomInt } from 'node:crypto';
import { fillPattern, plainCharacters, randomsOf } from '#shared/domain/incentives/code-check.ts';

/** Draws random codes of a pattern that nobody can guess from others of it. */
export const drawCodes = (pattern: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => drawCode(pattern));

const drawCode = (pattern: string): string => {
  for (;;) {
    const randoms = Array.from({ length: randomsOf(pattern) }, drawCharacter).join('');
    const code = fillPattern(pattern, randoms);
    if (code !== undefined) return code;
  }
};

const drawCharacter = (): string => plainCharacters.charAt(randomInt(plainCharacters.length));
