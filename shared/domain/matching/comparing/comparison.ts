/** How well two values agree. */
export type Level = 'exact' | 'near' | 'close' | 'shared' | 'differs';

/** The fields that are compared, each with the levels that it can have, from the best on. */
export const fieldLevels = {
  /** `shared`: one part of the name agrees, another does not, as within a family. */
  name: ['exact', 'near', 'close', 'shared', 'differs'],
  phone: ['exact', 'near', 'differs'],
  email: ['exact', 'near', 'differs'],
  card: ['exact', 'differs'],
  document: ['exact', 'near', 'differs'],
  birthDate: ['exact', 'near', 'differs'],
  /** `shared`: much of the address agrees. */
  address: ['exact', 'near', 'close', 'shared', 'differs'],
  postcode: ['exact', 'near', 'differs'],
} as const satisfies Readonly<Record<string, readonly Level[]>>;

export type Field = keyof typeof fieldLevels;
export const fields = Object.keys(fieldLevels) as readonly Field[];

/** The level of each field that both records have. */
export type Comparison = Readonly<Partial<Record<Field, Level>>>;

/** From which similarity on texts are near, and close. */
export const nearFrom = 0.92;
export const closeFrom = 0.85;
/** From which similarity on addresses share much. Two at random have about a half. */
export const sharedFrom = 0.7;
