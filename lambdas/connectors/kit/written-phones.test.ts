import { describe, expect, it } from '@jest/globals';
import { parsePhone } from '../../core/phone.ts';
import { phoneDigits, writtenPhones } from './written-phones.ts';

describe('the ways to write a number', () => {
  it.each([
    ['+442079460018', 'GB', ['020 7946 0018', '02079460018', '2079460018', '+44 20 7946 0018', '00442079460018']],
    ['+14155550134', 'US', ['(415) 555-0134', '415-555-0134', '4155550134', '+1 415 555 0134', '14155550134']],
    ['+4915123456789', 'DE', ['01512 3456789', '015123456789', '+49 1512 3456789']],
  ])('%s', (e164, country, expected) => {
    const written = writtenPhones(e164);
    expect(written).toEqual(expect.arrayContaining([e164, ...expected]));
    expect(new Set(written).size).toBe(written.length);
    // Bare digits may be another number at home: that is why whoever looks for them verifies what comes.
    const telling = written.filter((text) => text !== e164.slice(1));
    const read = telling.map((text) => parsePhone(text, country).e164);
    expect(read.every((number) => number === e164 || number === null)).toBe(true);
  });

  it('of what is no number is the text itself', () => {
    expect(writtenPhones('+0')).toEqual(['+0']);
  });

  it('have digits with and without the prefixes', () => {
    expect(phoneDigits('+442079460018')).toEqual(['2079460018', '02079460018', '442079460018']);
    expect(phoneDigits('+14155550134')).toEqual(['4155550134', '14155550134']);
  });
});
