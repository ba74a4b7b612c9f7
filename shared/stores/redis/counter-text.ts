import { noTally, type Tally, type Usage } from '#shared/domain/limits/usage.ts';

/**
 * A counter as Redis has it: `v=7 total:count=3 total:POINTS=150 2026-11-21:count=1 2026-11-21:POINTS=50`. One text, because a script reads
 * hundreds of them in one command, and finds a number in it sooner than it would read a hash.
 */
export const counterText = ({ version, total, days }: Usage): string => {
  let text = `v=${String(version).padStart(versionDigits, '0')}${tallyText('total', total)}`;
  for (const day in days) text += tallyText(day, days[day] ?? noTally);
  return text;
};

/** As many as 2^53 has. */
const versionDigits = 16;

const tallyText = (name: string, { count, amounts }: Tally): string => {
  let text = ` ${name}:count=${count}`;
  for (const unit in amounts) text += ` ${name}:${unit}=${amounts[unit]}`;
  return text;
};

/** The usage in a counter. */
export const usageInCounter = (text: string): Usage => {
  const [version = '', ...numbers] = text.split(' ');
  const tallies = new Map<string, { count: number; amounts: Record<string, number> }>();
  for (const [, name = '', measure = '', value] of numbers.map(
    (each) => numberPattern.exec(each) ?? [],
  )) {
    const tally = tallies.get(name) ?? { count: 0, amounts: {} };
    tallies.set(name, tally);
    if (measure === 'count') tally.count = Number(value);
    else tally.amounts[measure] = Number(value);
  }
  const { total = noTally, ...days } = Object.fromEntries(tallies);
  return { total, days, version: Number(version.slice('v='.length)) };
};

const numberPattern = /^(.+):(.+)=(\d+)$/;
