import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sign } from './sign.ts';

const page = readFileSync('docs/webhooks.md', 'utf8');

/** The example of the page in a language. */
const exampleIn = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const [secret, previous, other] = [newSecret(), newSecret(), newSecret()];
const body = '{"specversion":"1.0","data":{"name":"Zoë ✓"}}';
const id = '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11';

/** A delivery as it would be sent now, or seconds ago. */
const delivered = (secrets: readonly string[], ageSeconds = 0) => {
  const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign(secrets, { id, timestamp, body }),
  };
};

const cases = [
  { secret, headers: delivered([secret]), body },
  { secret, headers: delivered([secret, previous]), body },
  { secret: previous, headers: delivered([secret, previous]), body },
  { secret: other, headers: delivered([secret, previous]), body },
  { secret, headers: delivered([secret]), body: body.replace('Zoë', 'Zoe') },
  { secret, headers: { ...delivered([secret]), 'webhook-id': 'another' }, body },
  { secret, headers: delivered([secret], 3_600), body },
];
const expected = [true, true, true, false, false, false, false];

const languages = [
  [
    'js',
    process.execPath,
    (code: string) => [
      ...['--input-type=module', '-e'],
      `${code}\nconst cases = JSON.parse(process.argv[1]);
      console.log(JSON.stringify(cases.map((one) => verify(one.secret, one.headers, Buffer.from(one.body)))));`,
    ],
  ],
  [
    'python',
    'python3',
    (code: string) => [
      '-c',
      `${code}\nimport json, sys\nprint(json.dumps([verify(one["secret"], one["headers"], one["body"].encode()) for one in json.loads(sys.argv[1])]))`,
    ],
  ],
] as const;

const isInstalled = (command: string): boolean => {
  try {
    execFileSync(command, ['--version']);
    return true;
  } catch {
    return false;
  }
};

describe('the examples of docs/webhooks.md', () => {
  it.for(languages)(
    'verify what is signed, in %s',
    ([language, command, argumentsFor], { skip }) => {
      skip(!isInstalled(command), `${command} is not installed`);
      const code = exampleIn(language);
      expect(code.trim().split('\n').length).toBeLessThanOrEqual(12);
      const output = execFileSync(command, [...argumentsFor(code), JSON.stringify(cases)], {
        encoding: 'utf8',
      });
      expect(JSON.parse(output)).toEqual(expected);
    },
  );
});
