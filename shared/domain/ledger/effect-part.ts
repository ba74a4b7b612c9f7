/**
 * The cause id of one part of an effect that needs an entry per lot: its own id for the first part,
 * then `id 2` and so on. No identifier from outside has a blank, so no producer can name a part.
 */
export const partCauseId = (id: string, index: number): string =>
  index === 0 ? id : `${id} ${index + 1}`;
