import type { SubjectCaps } from '#shared/domain/limits/caps.ts';
import { type Demand, demandsOf, firstDayOf } from '#shared/domain/limits/demand.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import { addDays } from '#shared/domain/time/local-time.ts';
import { afterDay, beforeTotal } from './counter-text.ts';
import { Places } from './places.ts';
import { campaignMark, type ReservationRequest } from './reservation-request.ts';

/** What claims ask of counters, as the script reads it; what several of them have in common is there once. */
export type CheckRequest = Readonly<{
  /** The subjects that are capped. */
  subjects: readonly string[];
  /** What caps ask of a subject, which is the same for many: per measure its name, and per ask its text and the most that may be used. */
  forms: readonly (readonly (readonly (string | number)[])[])[];
  /** Per subject its form and where to find what is reserved of it. */
  standings: readonly (number | string)[];
  /**
   * What precedes a number in a counter; or of windows the first day of the earliest, the day that all include, the last day of the
   * latest, their length in days, and what follows a day in a counter.
   */
  texts: readonly (string | readonly (string | number)[])[];
  /** Per claim its asks in the order of its demands: their places among all asks in the order of `standings`. */
  asks: readonly (readonly number[])[];
}>;

/** Encodes what claims ask; `reservation` is of the same claims. */
export const checkRequest = (
  claims: readonly LimitClaim[],
  reservation: ReservationRequest,
): CheckRequest => {
  const tally = new Tally(reservation);
  const asks = claims.map((claim, index) => tally.add(claim, index));
  return { ...tally.lists(), asks: asks.map((own) => own.map(({ place }) => place)) };
};

/** What a cap asks of a counter on one day, whoever's counter it is; its text says of what measure. */
type Question = Readonly<{ place: number; text: number; max: number; measure: string }>;

type Ask = { readonly question: Question; place: number };
type Measure = { readonly name: string; readonly sum: number; readonly asks: Ask[]; added: number };
/** `user` is 0 where what is reserved is added up, and `campaign` empty where it does not matter. */
type Standing = Readonly<{ user: number; campaign: string; measures: Measure[] }>;
type Terms = Readonly<{ day: string; unit: string | undefined; questions: readonly Question[] }>;

/** Hundreds of claims a call and hundreds of calls a second: what they share is worked out once. */
class Tally {
  private readonly reservation: ReservationRequest;
  private readonly standings = new Map<string, Standing>();
  private readonly terms = new Map<SubjectCaps['caps'], Terms[]>();
  private readonly questions = new Map<string, Question>();
  private readonly texts = new Places();

  constructor(reservation: ReservationRequest) {
    this.reservation = reservation;
  }

  add(claim: LimitClaim, index: number): readonly Ask[] {
    const asks: Ask[] = [];
    const measures = new Set<Measure>();
    for (const own of claim.caps) {
      const standing = this.standingOf(own, claim, index);
      for (const question of this.questionsOf(own, claim)) {
        const measure = this.measureOf(standing, own.subject, question.measure);
        measures.add(measure);
        asks.push(askOf(measure, question));
      }
    }
    for (const measure of measures)
      measure.added += measure.name === 'count' ? 1 : (claim.amount?.value ?? 0);
    return asks;
  }

  /** Gives every ask its place. */
  lists(): Omit<CheckRequest, 'asks'> {
    const formPlaces = new Places();
    const forms: CheckRequest['forms'][number][] = [];
    const standings: (number | string)[] = [];
    let placed = 0;
    for (const { user, campaign, measures } of this.standings.values()) {
      const form = formPlaces.placeOf(formKey(measures));
      if (form > forms.length) forms.push(measures.map(toForm));
      if (user === 0) standings.push(form, 0, ...measures.map(({ sum }) => sum));
      else standings.push(form, user, campaign, ...measures.map(({ added }) => added));
      placed = placeAsks(measures, placed);
    }
    const texts = this.texts.all().map((text) => JSON.parse(text) as CheckRequest['texts'][number]);
    return { subjects: [...this.standings.keys()], forms, standings, texts };
  }

  private standingOf({ scope, subject }: SubjectCaps, claim: LimitClaim, index: number): Standing {
    const known = this.standings.get(subject);
    if (known !== undefined) return known;
    const isOfUser = scope === 'USER' || scope === 'CAMPAIGN_USER';
    const user = isOfUser ? (this.reservation.rows[index]?.[0] ?? 0) : 0;
    const campaign = scope === 'CAMPAIGN_USER' ? campaignMark(claim.subjects.CAMPAIGN) : '';
    const standing = { user, campaign, measures: [] };
    this.standings.set(subject, standing);
    return standing;
  }

  private measureOf({ user, measures }: Standing, subject: string, name: string): Measure {
    const known = measures.find((measure) => measure.name === name);
    if (known !== undefined) return known;
    const { sumOf } = this.reservation;
    const shared = () => (name === 'count' ? sumOf(subject) : sumOf(subject, name));
    const measure = { name, sum: user === 0 ? shared() : 0, asks: [], added: 0 };
    measures.push(measure);
    return measure;
  }

  /** Caps are mostly the very same object for all claims of a campaign. */
  private questionsOf(own: SubjectCaps, claim: LimitClaim): readonly Question[] {
    const unit = claim.amount?.unit;
    const known = this.terms.get(own.caps) ?? [];
    const terms = known.find((other) => other.day === claim.day && other.unit === unit);
    if (terms !== undefined) return terms.questions;
    const questions = demandsOf(own, claim).map((demand) => this.toQuestion(demand));
    this.terms.set(own.caps, [...known, { day: claim.day, unit, questions }]);
    return questions;
  }

  /** The same caps read twice ask the same question. */
  private toQuestion({ measure, max, windows }: Demand): Question {
    const text = this.texts.placeOf(JSON.stringify(textOf({ measure, windows })));
    const key = `${text} ${max}`;
    const place = this.questions.size;
    const question = this.questions.get(key) ?? { place, text, max, measure };
    this.questions.set(key, question);
    return question;
  }
}

const formKey = (measures: readonly Measure[]): string => {
  let key = '';
  for (const { asks } of measures) {
    for (const { question } of asks) key += `${question.place} `;
  }
  return key;
};

const placeAsks = (measures: readonly Measure[], placed: number): number => {
  let place = placed;
  for (const { asks } of measures) {
    for (const ask of asks) ask.place = place += 1;
  }
  return place;
};

const toForm = ({ name, asks }: Measure) => [
  name,
  ...asks.flatMap(({ question }) => [question.text, question.max]),
];

const askOf = ({ asks }: Measure, question: Question): Ask => {
  const known = asks.find((ask) => ask.question === question);
  if (known !== undefined) return known;
  const ask = { question, place: 0 };
  asks.push(ask);
  return ask;
};

const textOf = ({ measure, windows }: Pick<Demand, 'measure' | 'windows'>) => {
  if (windows === undefined) return beforeTotal(measure);
  const { day, length } = windows;
  return length === 1
    ? ` ${day}${afterDay(measure)}`
    : [firstDayOf(windows), day, addDays(day, length - 1), length, afterDay(measure)];
};
