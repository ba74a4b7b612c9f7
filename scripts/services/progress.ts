/** One line about something that is being started. */
export type Progress = Readonly<{
  /**
   * What it is about: `kafka`, `award-points`. The latest line of a subject replaces the one
   * before.
   */
  subject: string;
  step: string;
  /** True with the last line of a subject. */
  done?: boolean;
}>;

/** Where progress goes: a terminal, a log, or nowhere. */
export type Report = (progress: Progress) => void;
