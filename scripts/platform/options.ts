import { InvalidArgumentError } from 'commander';

/** Parses an option that is a number above 0. */
export const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
};

/** Parses an option that is a date or an instant. */
export const instant = (text: string): Date => {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It must be an ISO 8601 date or instant.');
};
