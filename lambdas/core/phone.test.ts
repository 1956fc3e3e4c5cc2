import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nationalNumber, parsePhone } from './phone.ts';

describe('parsePhone', () => {
  it.each([
    ['+44 20 7946 0958', undefined, '+442079460958'],
    ['+44 (0)20 7946 0958', undefined, '+442079460958'],
    ['020.7946.0958', 'GB', '+442079460958'],
    ['(020) 7946-0958', 'GB', '+442079460958'],
    ['44 20 7946 0958', 'GB', '+442079460958'],
    ['0044 20 7946 0958', 'GB', '+442079460958'],
    ['0044 20 7946 0958', 'US', '+442079460958'],
    ['(0044) 20 7946 0958', undefined, '+442079460958'],
    ['011 44 20 7946 0958', 'US', '+442079460958'],
    ['020 7946 0958 x99', 'GB', '+442079460958'],
    ['+1 415 555 0134 ext. 12', undefined, '+14155550134'],
    ['４１５　５５５　０１３４', 'US', '+14155550134'],
    ['＋１ ４１５ ５５５ ０１３４', undefined, '+14155550134'],
    ['+39 06 698 12345', undefined, '+390669812345'],
    ['+44 20 7946 0958', 'US', '+442079460958'],
  ])('reads %s in %s', (raw, country, expected) => {
    expect(parsePhone(raw, country).e164).toBe(expected);
  });

  it.each([
    ['020 7946 0958', undefined],
    ['020 7946 0958', 'ZZ'],
    ['', 'GB'],
    ['ask at reception', 'GB'],
    ['12345', 'US'],
    ['+999 123456789', undefined],
    ['4155550134 mobile, home 4155550199', 'US'],
    ['1-800-FLOWERS', 'US'],
  ])('does not guess at %j in %s', (raw, country) => {
    expect(parsePhone(raw, country)).toEqual({ e164: null, kind: 'unknown' });
  });

  it('tells mobile from landline where the numbering plan does', () => {
    expect(parsePhone('+447911123456', undefined).kind).toBe('mobile');
    expect(parsePhone('+442079460958', undefined).kind).toBe('landline');
    expect(parsePhone('+14155550134', undefined).kind).toBe('unknown');
  });

  it('never throws, and reads its own answer back unchanged', () => {
    const country = fc.constantFrom(undefined, 'GB', 'US', 'DE', 'IT', 'AU');
    const written = fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[+0-9 ()./-]{3,20}$/));
    fc.assert(
      fc.property(written, country, (raw, defaultCountry) => {
        const { e164 } = parsePhone(raw, defaultCountry);
        return e164 === null || parsePhone(e164, undefined).e164 === e164;
      }),
    );
  });
});

describe('nationalNumber', () => {
  it.each([
    ['+442079460958', '2079460958'],
    ['+14155550134', '4155550134'],
    ['+390669812345', '0669812345'],
    ['nonsense', null],
  ])('of %s is %s', (e164, expected) => {
    expect(nationalNumber(e164)).toBe(expected);
  });
});
