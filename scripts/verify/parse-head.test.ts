import { describe, expect, it } from 'vitest';
import { parseHead } from './parse-head.ts';

const head = 'ab'.repeat(32);

describe('parseHead', () => {
  it('reads a head as it is printed, after others', () => {
    const first = parseHead(`default:7:${head}`);
    expect(parseHead(`shop-2:123456:${head}`, first)).toEqual([
      { tenantId: 'default', sealNo: 7, head },
      { tenantId: 'shop-2', sealNo: 123_456, head },
    ]);
  });

  it.each([
    '',
    'default',
    `default:0:${head}`,
    `default:7:${head}0`,
    `default:x:${head}`,
    `:7:${head}`,
  ])('refuses %j', (text) => {
    expect(() => parseHead(text)).toThrow('as --head prints it');
  });
});
