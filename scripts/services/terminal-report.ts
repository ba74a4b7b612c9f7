import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress, Report } from './progress.ts';

/** Steps that take less are not shown. */
const PATIENCE_MS = 2_000;
const PLAIN_EVERY_MS = 5_000;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

type Payload = Readonly<{ progress: Progress; since: number; until?: number }>;

const secondsSince = (since: number, until = performance.now()): number =>
  Math.round((until - since) / 1000);

const spinnerLine = ({ progress, since, until }: Payload): string => {
  const frame = frames[Math.floor(performance.now() / 100) % frames.length];
  const sign = progress.done ? '✓' : frame;
  return ` ${sign} ${progress.subject.padEnd(24)} ${progress.step} (${secondsSince(since, until)} s)`;
};

/** One spinner per subject, shown once the subject has taken too long. */
const spinners = (stream: NodeJS.WriteStream): Report => {
  const subjects = new Map<string, { latest: Progress; since: number; bar?: SingleBar }>();
  const bars = new MultiBar({
    stream,
    format: (_options, _parameters, payload: Payload) => spinnerLine(payload),
    emptyOnZero: true,
    hideCursor: true,
    stopOnComplete: true,
  });
  const show = (subject: string) => {
    const state = subjects.get(subject);
    if (!state || state.latest.done) return;
    state.bar = bars.create(1, 0, { progress: state.latest, since: state.since });
  };
  return (progress) => {
    const state = subjects.get(progress.subject);
    if (!state) {
      subjects.set(progress.subject, { latest: progress, since: performance.now() });
      setTimeout(show, PATIENCE_MS, progress.subject).unref();
      return;
    }
    state.latest = progress;
    const until = progress.done && { until: performance.now() };
    state.bar?.update(progress.done ? 1 : 0, { progress, since: state.since, ...until });
    if (progress.done) state.bar?.stop();
    if (progress.done) subjects.delete(progress.subject);
  };
};

/** Lines for a log: nothing about quick steps, a line every few seconds about slow ones. */
const plainLines = (stream: NodeJS.WriteStream): Report => {
  const lastPrinted = new Map<string, { since: number; printedAt: number }>();
  return ({ subject, step, done = false }) => {
    const now = performance.now();
    const { since, printedAt } = lastPrinted.get(subject) ?? { since: now, printedAt: -Infinity };
    const isSlow = now - since > PATIENCE_MS;
    const prints = isSlow && (done || now - printedAt > PLAIN_EVERY_MS);
    if (prints) stream.write(`${subject}: ${step} (${secondsSince(since)} s)\n`);
    lastPrinted.set(subject, { since, printedAt: prints ? now : printedAt });
    if (done) lastPrinted.delete(subject);
  };
};

/**
 * Shows progress on a terminal as spinners, in a log as lines, and only where something takes
 * longer than two seconds.
 */
export const terminalReport = (stream: NodeJS.WriteStream = process.stderr): Report =>
  stream.isTTY ? spinners(stream) : plainLines(stream);
