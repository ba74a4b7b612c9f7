import { Environment } from '@marcbachmann/cel-js';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema, FieldType } from '#shared/domain/campaigns/action-schema.ts';
import { localTimeOf } from '#shared/domain/time/local-time.ts';
import { type Answer, Failure } from './clause-value.ts';
import { expressionValueOf, mustBe } from './payload-value.ts';

/** What expressions over the events of one action can refer to. */
export type Vocabulary = Readonly<{
  schema: ActionSchema;
  /** Knows the types; made once per schema, as making it is slow. */
  environment: Environment;
  /** The values of the variables, the same for the same event and zone. */
  variablesOf: (event: ActionEvent, timeZone: string) => EventVariables;
}>;

/** What the type checker knows the fields of an event by. */
class EventFields {
  readonly [field: string]: Answer;
}

/** The clocks of the campaign's time zone. */
class LocalFields {
  readonly hour: bigint;
  readonly weekday: bigint;
  readonly date: string;

  constructor(timeZone: string, instant: Date) {
    const { hour, weekday, date } = localTimeOf(timeZone, instant);
    this.hour = BigInt(hour);
    this.weekday = BigInt(weekday);
    this.date = date;
  }
}

const expressionTypes: Readonly<Record<FieldType, string>> = {
  int: 'int',
  double: 'double',
  string: 'string',
  bool: 'bool',
  timestamp: 'google.protobuf.Timestamp',
  strings: 'list<string>',
};

const commonEnvironment = new Environment({
  limits: { maxAstNodes: 250, maxDepth: 25, maxListElements: 100, maxMapEntries: 20 },
})
  .registerType('Local', {
    ctor: LocalFields,
    fields: { hour: 'int', weekday: 'int', date: 'string' },
  })
  .registerVariable('action', 'string')
  .registerVariable('user', 'string')
  .registerVariable('occurredAt', 'google.protobuf.Timestamp')
  .registerVariable('local', 'Local');

/** The variables of every expression. */
export const variableNames: ReadonlySet<string> = new Set([
  'event',
  'action',
  'user',
  'occurredAt',
  'local',
]);

const vocabularies = new WeakMap<ActionSchema, Vocabulary>();

/**
 * What expressions over the events of a schema can refer to; the same object for the same schema.
 */
export const vocabularyOf = (schema: ActionSchema): Vocabulary => {
  const known = vocabularies.get(schema);
  if (known !== undefined) return known;
  const fields = Object.entries(schema.fields)
    .filter(([name]) => isAskable(name))
    .map(([name, { type }]) => [name, expressionTypes[type]] as const);
  const environment = commonEnvironment
    .clone()
    .registerType('Event', { ctor: EventFields, fields: Object.fromEntries(fields) })
    .registerVariable('event', 'Event');
  const vocabulary = { schema, environment, variablesOf: variablesBy(schema) };
  vocabularies.set(schema, vocabulary);
  return vocabulary;
};

/**
 * Many clauses evaluate the same event: its payload is converted once, and its local times are
 * computed once per zone.
 */
const variablesBy = (schema: ActionSchema): Vocabulary['variablesOf'] => {
  const byEvent = new WeakMap<ActionEvent, Map<string, EventVariables>>();
  return (event, timeZone) => {
    const byZone = byEvent.get(event) ?? new Map<string, EventVariables>();
    byEvent.set(event, byZone);
    const [any] = byZone.values();
    const variables =
      byZone.get(timeZone) ??
      new EventVariables(event, any?.event ?? fieldsOf(schema, event.payload), timeZone);
    byZone.set(timeZone, variables);
    return variables;
  };
};

/** Whether expressions can name a field: every object has a `constructor` already. */
export const isAskable = (name: string): boolean =>
  /^[A-Za-z_]\w*$/.test(name) && !(name in Object.prototype);

let serials = 0;

/** The values of the variables for one event; expensive ones are computed on first use, once. */
export class EventVariables {
  /** Distinguishes these variables from all others. */
  readonly serial = (serials += 1);
  readonly action: string;
  readonly user: string;
  readonly occurredAt: Date;
  /** The declared fields of the payload, by their types: those that are there. */
  readonly event: Readonly<Record<string, Answer>>;
  /**
   * What evaluating has taken so far, which is never more than the cost that was computed ahead.
   */
  units = 0;
  readonly #timeZone: string;
  #local: LocalFields | undefined;

  constructor(event: ActionEvent, fields: EventVariables['event'], timeZone: string) {
    this.action = event.action;
    this.user = event.userId;
    this.occurredAt = event.occurredAt;
    this.event = fields;
    this.#timeZone = timeZone;
  }

  get local(): LocalFields {
    this.#local ??= new LocalFields(this.#timeZone, this.occurredAt);
    return this.#local;
  }
}

/** A field with another type than declared fails where it is used, with its name in the error. */
const fieldsOf = (
  { fields }: ActionSchema,
  payload: ActionEvent['payload'],
): EventVariables['event'] => {
  const converted: Record<string, Answer> = {};
  for (const [name, { type }] of Object.entries(fields)) {
    const given = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (given === undefined || given === null || !isAskable(name)) continue;
    converted[name] =
      expressionValueOf(type, given) ?? new Failure(`event.${name} ${mustBe[type]}`);
  }
  return converted;
};
