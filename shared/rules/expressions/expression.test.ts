import { describe, expect, it } from 'vitest';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { actionEvent, purchaseSchema } from '#shared/testing/worlds/campaigns.ts';
import { vocabularyOf } from './event-variables.ts';
import { compileExpression } from './expression.ts';

const vocabulary = vocabularyOf(purchaseSchema);

/** What an expression answers about a purchase with such a payload. */
const answer = (text: string, payload: Record<string, unknown> = {}, timeZone = 'Asia/Kolkata') => {
  const expression = compileExpression(text, vocabulary);
  if (expression.kind === 'refused') return expression.defects;
  const { payload: common } = actionEvent();
  const event = actionEvent({ payload: { ...common, ...payload } });
  return expression.ask(vocabulary.variablesOf(event, timeZone));
};

const defectsOf = (text: string): readonly string[] => {
  const expression = compileExpression(text, vocabulary);
  return expression.kind === 'refused' ? expression.defects : [];
};

describe('compileExpression', () => {
  it.each([
    ['event.amountMinor >= 125050', 'yes'],
    ['event.amountMinor > 125050', 'no'],
    ['event.amountMinor % 100 == 50', 'yes'],
    ['event.category in ["toys", "books"]', 'yes'],
    ['event.category.startsWith("b") && !event.category.contains("z")', 'yes'],
    ['size(event.category) == 5 ? action == "PURCHASE" : false', 'yes'],
    ['user == "c-1" && occurredAt < timestamp("2026-11-21T15:45:00.001+05:30")', 'yes'],
    ['occurredAt - timestamp("2026-11-20T10:15:00Z") > duration("23h")', 'yes'],
    ['(occurredAt - (occurredAt + duration("0.5s"))).getSeconds() == 0', 'yes'],
    ['occurredAt - occurredAt + duration("0.5s") - duration("1m") == duration("-59.5s")', 'yes'],
    ['occurredAt.getHours() == 10', 'yes'],
    // 10:15 in London is a quarter to four in Kolkata, on a Saturday.
    ['local.hour == 15 && local.weekday == 6 && local.date == "2026-11-21"', 'yes'],
  ])('answers %s', (text, result) => {
    expect(answer(text)).toBe(result);
  });

  it('asks the clocks of the time zone that it is given', () => {
    expect(answer('local.hour == 5 && local.weekday == 6', {}, 'America/New_York')).toBe('yes');
    expect(
      answer('local.date == "2026-11-22" && local.weekday == 7', {}, 'Pacific/Kiritimati'),
    ).toBe('yes');
  });

  it.each([
    ['has(event.weightKg) && event.weightKg > 1.5', { weightKg: 2 }, 'yes'],
    ['has(event.weightKg) && event.weightKg > 1', { weightKg: 0.5 }, 'no'],
    ['has(event.weightKg) && event.weightKg > 1.5', {}, 'no'],
    ['has(event.weightKg) && event.weightKg > 1.5', { weightKg: null }, 'no'],
    ['has(event.isGift) && event.isGift', { isGift: true }, 'yes'],
    [
      'has(event.deliverBy) && event.deliverBy - occurredAt <= duration("48h")',
      { deliverBy: '2026-11-23T15:45:00+05:30' },
      'yes',
    ],
    ['has(event.tags) && event.tags.exists(tag, tag == "new")', { tags: ['old', 'new'] }, 'yes'],
    ['has(event.tags) && event.tags.all(t, t > "m")', { tags: ['new', 'old'] }, 'yes'],
    ['has(event.tags) && event.tags.exists_one(t, t == "a")', { tags: ['a', 'b', 'a'] }, 'no'],
    [
      'has(event.tags) && event.tags.exists(t, ["sale-", "new-"].exists(prefix, t.startsWith(prefix)))',
      { tags: ['old', 'new-2'] },
      'yes',
    ],
    ['string(event.amountMinor).endsWith("50") && int(2.9) == 2 && double(3) > 2.5', {}, 'yes'],
    ['has(event.isGift) ? event.isGift : event.category in [action, "books"]', {}, 'yes'],
    ['event.category.substring(0, 4).upperAscii() == "BOOK"', {}, 'yes'],
    ['has(event.tags) && event.tags.size() == 0', { tags: [] }, 'yes'],
  ])('answers %s of %j', (text, payload, result) => {
    expect(answer(text, payload)).toBe(result);
  });

  it.each([
    [{ amountMinor: 12.5 }, 'event.amountMinor must be a whole number within ±2^53'],
    [{ amountMinor: 2 ** 53 }, 'event.amountMinor must be a whole number within ±2^53'],
    [{ amountMinor: '125050' }, 'event.amountMinor must be a whole number within ±2^53'],
    [{ amountMinor: undefined }, 'event.amountMinor is missing (at character 1)'],
  ])('answers with an error that names the field for %o', (payload, error) => {
    expect(answer('event.amountMinor > 0', payload)).toEqual({ error });
    expect(answer('event.category == "books"', payload)).toBe('yes');
    expect(answer('event.category == "books" || event.amountMinor > 0', payload)).toBe('yes');
  });

  it('answers with an error what cannot be worked out', () => {
    expect(answer('100 / event.amountMinor > 1', { amountMinor: 0 })).toEqual({
      error: 'division by zero (at character 1)',
    });
    expect(answer('event.amountMinor * 9007199254740991 > 1')).toEqual({
      error: 'integer overflow (at character 1)',
    });
    expect(answer('event.category.substring(6) == ""')).toEqual({
      error: 'substring() is out of range (at character 1)',
    });
    expect(answer('occurredAt + duration("87000000h") > occurredAt')).toEqual({
      error: 'timestamp is out of range (at character 1)',
    });
  });

  it('counts exactly, beyond where floating-point numbers do', () => {
    const payload = { amountMinor: Number.MAX_SAFE_INTEGER };
    expect(answer('event.amountMinor + 2 > event.amountMinor + 1', payload)).toBe('yes');
    expect(answer('event.amountMinor * 1000 == 9007199254740991000', payload)).toBe('yes');
  });

  it.each([
    ['event.amountMinor', 'is int, but must be bool'],
    ['event.amountMinor >= "a"', 'no such overload: int >= string (at character 1)'],
    ['event.amountMinor >=', 'Unexpected token: EOF (at character 21)'],
    [
      'event.price > 1',
      /^event\.price is not a field of PURCHASE \(fields: amountMinor, category, /,
    ],
    ['has(event.price)', /^event\.price is not a field of PURCHASE/],
    ['event.constructor == event.category', /^event\.constructor is not a field of PURCHASE/],
    ['amountMinor > 1 && event.amountMinor > 1', 'Unknown variable: amountMinor (at character 1)'],
    ['event.category.matches("b.*")', /^matches\(\) is not allowed/],
    ['event.isGift', 'event.isGift is optional: guard it with has(event.isGift)'],
    ['has(event.tags) && event.isGift', /^event\.isGift is optional/],
    ['dyn(event.amountMinor) == "a"', 'dyn() is not a function that clauses can call in this way'],
    ['occurredAt.getHours("Asia/Kolkata") > 1', /^getHours\(\) is not a function/],
    ['occurredAt.getDayOfYear() > 1', /^getDayOfYear\(\) is not a function/],
    ['occurredAt > timestamp("2026-11-21T10:00:00.000")', /^timestamp\(\) takes a text such as/],
    ['occurredAt > timestamp(event.category)', /^timestamp\(\) takes a text such as/],
    [`occurredAt - occurredAt > duration("${'1'.repeat(400)}s")`, /^duration\(\) takes a text/],
    ['occurredAt - occurredAt > duration(event.category)', /^duration\(\) takes a text/],
    ['occurredAt - occurredAt > duration("317000000000s")', /^duration\(\) takes a text/],
    ['int(event.category) > 1', 'int() does not take a string (at character 1)'],
    ['event.category + "a" == "booksa"', /^\+ is for numbers, timestamps and durations/],
    ['has(event.tags) && size(event.tags + event.tags) > 1', /^\+ is for numbers/],
    ['has(event.tags) && size(event.tags.map(t, t)) > 1', /^map\(\) is not allowed: use all\(\)/],
    ['has(event.tags) && size(event.tags.filter(t, true)) > 1', /^filter\(\) is not allowed/],
    ['has(event.tags) && event.tags == ["a"]', /^lists cannot be compared with ==/],
    ['has(event.tags) && event.tags in [["a"]]', /^a list of lists is not allowed/],
    ['has(event.tags) && event.tags[0] == "a"', '[] is not allowed (at character 20)'],
    ['has(event.tags) && (true ? event.tags : ["a"]).all(t, true)', /^\?: cannot return a list/],
    ['has(event.tags) && event.tags.all(user, user == "a")', /^user cannot be the variable of all/],
    ['{"a": event.amountMinor} == {"a": 1}', /^map is not allowed/],
    ['event.category == null', /./],
    ['size(b"abc") > event.amountMinor', /^null, bytes and unsigned numbers are not allowed/],
    ['event.amountMinor > 1u', /^null, bytes and unsigned numbers are not allowed/],
    ['event.amountMinor < 9223372036854775808', /^a whole number must be within 64 bits/],
    [
      'google.protobuf.Timestamp == google.protobuf.Duration && event.amountMinor > 1',
      /is not a variable of clauses/,
    ],
    ['int == int && event.amountMinor > 1', /./],
    ['has(local.hour)', 'has() takes a field of event: has(event.name)'],
    ['event["amountMinor"] > 1', 'event cannot be used by itself, only its fields: event.name'],
    ['[event][0].isGift', 'event cannot be used by itself, only its fields: event.name'],
    ['1 < 2', 'does not use the event'],
    [`event.category == "${'x'.repeat(500)}"`, 'is longer than 500 characters'],
    [`${'('.repeat(30)}event.amountMinor > 1${')'.repeat(30)}`, /^Exceeded maxDepth \(25\)/],
  ])('refuses %s', (text, defect) => {
    expect(defectsOf(text)).toEqual([
      typeof defect === 'string' ? defect : expect.stringMatching(defect),
    ]);
  });

  it('refuses what may cost more than the budget, with its cost', () => {
    const nested = 'has(event.tags) && event.tags.all(a, event.tags.exists(b, a == b))';
    expect(defectsOf(nested)).toEqual([
      expect.stringMatching(/^costs up to 1\d{5} units; the maximum for an expression is 10000$/),
    ]);
    expect(defectsOf('event.category.contains(event.category)')).toEqual([
      expect.stringMatching(/^costs up to/),
    ]);
  });

  it('names everything that must not be there at once', () => {
    expect(defectsOf('event.price > 1 || event.isGift || event.category.matches("a")')).toEqual([
      expect.stringMatching(/^event\.price/),
      expect.stringMatching(/^event\.isGift/),
      expect.stringMatching(/^matches/),
    ]);
  });

  it('keeps actions apart that have fields of the same name', () => {
    const other: ActionSchema = {
      ...purchaseSchema,
      action: 'REVIEW',
      fields: { amountMinor: { type: 'string', required: true } },
    };
    const asked = 'event.amountMinor == "a"';
    expect(compileExpression(asked, vocabularyOf(other)).kind).toBe('compiled');
    expect(defectsOf(asked)).toEqual(['no such overload: int == string (at character 1)']);
  });
});
