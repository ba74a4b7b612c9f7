import { SingleBar } from 'cli-progress';

/** A bar on a terminal; in a log, one line at the end. */
export const progressBar = (label: string, total: number) => {
  if (!process.stderr.isTTY) {
    return {
      update: (_done: number): void => undefined,
      stop: (): void => console.error(`${label}: ${total} of ${total}`),
    };
  }
  const bar = new SingleBar({
    format: ` ${label.padEnd(10)} {bar} {value}/{total}  {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(total, 0);
  return {
    update: (done: number): void => bar.update(done),
    stop: (): void => {
      bar.update(total);
      bar.stop();
    },
  };
};
