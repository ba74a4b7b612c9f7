import { noTally, type Tally, type Usage } from '#shared/domain/limits/usage.ts';

/**
 * A counter as Redis has it: its version, what is used in all, and what on each day:
 * `0000000000000007 count=3 POINTS=150 2026-11-21=1 2026-11-21:POINTS=50`. One text, because one
 * MGET reads hundreds of them. Texts compare as their versions do.
 */
export const counterText = ({ version, total, days }: Usage): string => {
  let text = `${String(version).padStart(versionDigits, '0')} count=${total.count}`;
  for (const unit in total.amounts) text += ` ${unit}=${total.amounts[unit]}`;
  for (const day in days) text += dayText(day, days[day] ?? noTally);
  return text;
};

/** As many as 2^53 has. */
const versionDigits = 16;

const dayText = (day: string, { count, amounts }: Tally): string => {
  let text = ` ${day}=${count}`;
  for (const unit in amounts) text += ` ${day}:${unit}=${amounts[unit]}`;
  return text;
};

/** The usage in a counter. */
export const usageInCounter = (text: string): Usage => {
  const [version, ...numbers] = text.split(' ');
  const total = emptyTally();
  const days: Record<string, ReturnType<typeof emptyTally>> = {};
  for (const number of numbers) {
    const [, day, unit = '', value] = numberPattern.exec(number) ?? [];
    const tally = day === undefined ? total : (days[day] ??= emptyTally());
    if (unit === '' || unit === 'count') tally.count = Number(value);
    else tally.amounts[unit] = Number(value);
  }
  return { total, days, version: Number(version) };
};

const emptyTally = (): { count: number; amounts: Record<string, number> } => ({
  count: 0,
  amounts: {},
});

const numberPattern = /^(\d+-\d+-\d+)?:?(\w+)?=(\d+)$/;
