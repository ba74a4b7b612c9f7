import { Environment } from '@marcbachmann/cel-js';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema, FieldType } from '#shared/domain/campaigns/action-schema.ts';
import { localTimeOf } from '#shared/domain/time/local-time.ts';
import { expressionValueOf, mustBe } from './payload-value.ts';

/** What expressions over the events of one action may speak of. */
export type Vocabulary = Readonly<{
  schema: ActionSchema;
  /** Knows the types; made once per schema, as making it is slow. */
  environment: Environment;
  /** The values of the variables, the same for the same event and zone. */
  variablesOf: (event: ActionEvent, timeZone: string) => EventVariables;
}>;

/** The fields of a payload, converted by their types; asking for one of another type than declared fails and names it. */
class EventFields {
  readonly [field: string]: unknown;
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

/** What expressions over the events of a schema may speak of; the same for the same schema. */
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

/** Many clauses ask the same event one after the other, mostly in one time zone. */
const variablesBy = (schema: ActionSchema): Vocabulary['variablesOf'] => {
  const byZone = new Map<string, WeakMap<ActionEvent, EventVariables>>();
  return (event, timeZone) => {
    const ofZone = byZone.get(timeZone) ?? new WeakMap<ActionEvent, EventVariables>();
    byZone.set(timeZone, ofZone);
    const variables = ofZone.get(event) ?? new EventVariables(schema, timeZone, event);
    ofZone.set(event, variables);
    return variables;
  };
};

/** Whether expressions can name a field: every object has a `constructor` already. */
export const isAskable = (name: string): boolean =>
  /^[A-Za-z_]\w*$/.test(name) && !(name in Object.prototype);

/** The values of the variables for one event; what costs something is worked out when it is first asked for, and once. */
export class EventVariables {
  readonly action: string;
  readonly user: string;
  readonly occurredAt: Date;
  readonly #schema: ActionSchema;
  readonly #timeZone: string;
  readonly #payload: ActionEvent['payload'];
  #event: EventFields | undefined;
  #local: LocalFields | undefined;

  constructor(schema: ActionSchema, timeZone: string, event: ActionEvent) {
    this.action = event.action;
    this.user = event.userId;
    this.occurredAt = event.occurredAt;
    this.#schema = schema;
    this.#timeZone = timeZone;
    this.#payload = event.payload;
  }

  get event(): EventFields {
    this.#event ??= fieldsOf(this.#schema, this.#payload);
    return this.#event;
  }

  get local(): LocalFields {
    this.#local ??= new LocalFields(this.#timeZone, this.occurredAt);
    return this.#local;
  }
}

const fieldsOf = ({ fields }: ActionSchema, payload: ActionEvent['payload']): EventFields => {
  const converted = new EventFields();
  for (const [name, { type }] of Object.entries(fields)) {
    const given = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (given === undefined || given === null || !isAskable(name)) continue;
    const value = expressionValueOf(type, given);
    if (value === undefined) refuseToAnswer(converted, name, type);
    else Object.assign(converted, { [name]: value });
  }
  return converted;
};

const refuseToAnswer = (fields: EventFields, name: string, type: FieldType): void => {
  Object.defineProperty(fields, name, {
    get: () => {
      throw new RangeError(`event.${name} ${mustBe[type]}`);
    },
  });
};
