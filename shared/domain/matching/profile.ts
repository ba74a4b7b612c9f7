/** A part of a folded name. */
export type NamePart = Readonly<{
  text: string;
  /** The same for other spellings of it. */
  spelling: string;
  /** The same for what sounds alike; empty where its script has no such key. */
  sound: string;
}>;

/** Where records come from. A customer exists once records of both agree. */
export type Source = 'dotnet' | 'store';

/**
 * A record of a customer in the form that is compared: each value folded, and absent where the
 * record has none or one that identifies nobody.
 */
export type Profile = Readonly<{
  recordId: string;
  source: Source;
  name?: readonly NamePart[] | undefined;
  /** In the form of E.164. */
  phone?: string | undefined;
  /** The mailbox, one for all ways to write it. */
  email?: string | undefined;
  /** A keyed hash of the card number. */
  card?: string | undefined;
  /** Number of an official document. */
  document?: string | undefined;
  /** YYYY-MM-DD. */
  birthDate?: string | undefined;
  address?: readonly string[] | undefined;
  postcode?: string | undefined;
}>;
