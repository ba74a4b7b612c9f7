import { doubleMetaphone } from 'double-metaphone';

/**
 * How a folded name sounds, by Double Metaphone; empty for scripts that it does not read.
 *
 * @see Philips, The double metaphone search algorithm, C/C++ Users Journal 18 (2000)
 */
export const phoneticKey = (spelling: string): string => doubleMetaphone(spelling)[0];
