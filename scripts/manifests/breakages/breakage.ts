/** One way to break the manifests, and the message with which a rule must report it. */
export type Breakage = Readonly<{
  rule: string;
  file: string;
  /** Text of the file that is replaced; if omitted, the whole file is new. */
  from?: string | RegExp;
  to: string;
  message: RegExp;
}>;

type Edit = readonly [from: string | RegExp, to: string, says: RegExp];

/** Starts a list of edits of one file. */
export const inFile =
  (file: string) =>
  (rule: string, ...edits: readonly Edit[]): readonly Breakage[] =>
    edits.map(([from, to, message]) => ({ rule, file, from, to, message }));
