import { describe, expect, it } from 'vitest';
import { profileOf } from './profile-of.ts';

const profile = (record: object) =>
  profileOf({ recordId: 'r-1', source: 'store', ...record }, 'IN');
const phone = (text: string) => profile({ phone: text }).phone;
const email = (text: string) => profile({ email: text }).email;

describe('profileOf', () => {
  it('writes every form of a phone number as E.164, of the region where no country is named', () => {
    const forms = [
      '98450 12345',
      '098450-12345',
      '+91 98450 12345',
      '0091 9845012345',
      '９８４５０１２３４５',
    ];
    expect(new Set(forms.map(phone))).toEqual(new Set(['+919845012345']));
    expect(phone('+1 (415) 555-2671')).toBe('+14155552671');
    const usual = profileOf({ recordId: 'r', source: 'store', phone: '(415) 555-2671' }, 'US');
    expect(usual.phone).toBe('+14155552671');
  });

  it('leaves out numbers, mailboxes and names that identify nobody', () => {
    const made = [
      '0000000000',
      '9999999999',
      '1234567890',
      '9898989898',
      '9876543210',
      'NA',
      '12',
      '',
    ];
    expect(made.map(phone).filter(Boolean)).toEqual([]);
    const nobody = [
      'test@test.com',
      'NA@na.com',
      'noemail@gmail.com',
      'info@shop.in',
      'a@b',
      'x@example.com',
    ];
    expect(nobody.map(email).filter(Boolean)).toEqual([]);
    const names = ['N/A', 'Test', 'Walk-in Customer', 'Mr.', '', '---', 'test user', 'UNKNOWN'];
    expect(names.map((name) => profile({ name }).name).filter(Boolean)).toEqual([]);
    expect(profile({ documentId: '00000', birthDate: '1900-01-01' })).toEqual(profile({}));
    expect(profile({ birthDate: '03/04/1980', postcode: '000000', address: 'NA' })).toEqual(
      profile({}),
    );
  });

  it('writes every form of a mailbox as one', () => {
    const forms = [
      'Anil.Sharma+shop@GoogleMail.com',
      'anilsharma@gmail.com',
      ' a.n.i.l.sharma@gmail.com ',
    ];
    expect(new Set(forms.map(email))).toEqual(new Set(['anilsharma@gmail.com']));
    expect(email('anil.sharma+a@acme.in')).toBe('anil.sharma+a@acme.in');
    expect(email('anil.sharma+a@outlook.com')).toBe('anil.sharma@outlook.com');
  });

  it('gives parts of names that sound alike one key', () => {
    const sound = (name: string) => profile({ name }).name?.[0]?.sound;
    expect(sound('Priyanka')).toBe(sound('Prianka'));
    expect(sound('Mohammed')).toBe(sound('Muhammad'));
    expect(sound('रमेश')).toBe(sound('Ramesh'));
    expect(sound('王')).toBe('');
  });

  it('folds addresses and postal codes', () => {
    const folded = profile({ address: 'Flat No. 4, 12 M.G. Road', postcode: 'sw1a 1aa' });
    expect(folded.address).toEqual(['apt', '4', '12', 'm', 'g', 'rd']);
    expect(folded.postcode).toBe('SW1A1AA');
  });
});
