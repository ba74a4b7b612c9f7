import { describe, expect, it } from 'vitest';
import { decideResume } from './decide-resume.ts';

describe('decideResume', () => {
  it.each([
    ['continues after the last frame of the client', 3, 5, { recovered: true, position: 3 }],
    [
      'has nothing to replay for a client that is up to date',
      5,
      5,
      { recovered: true, position: 5 },
    ],
    ['replays from the first frame', 0, 4, { recovered: true, position: 0 }],
    ['replays at most so many', 1, 6, { recovered: false, position: 6 }],
    [
      'begins at the newest for a client without frames',
      undefined,
      5,
      { recovered: false, position: 5 },
    ],
    ['does not believe a position that was never sent', 9, 5, { recovered: false, position: 5 }],
  ])('%s', (_what, lastPosition, newest, resume) => {
    expect(decideResume({ lastPosition, newest, replayMax: 4 })).toEqual(resume);
  });
});
