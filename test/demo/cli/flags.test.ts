import { describe, expect, test } from '@jest/globals';
import { oneOf, readFlags, UsageError, wholeNumber } from './flags.ts';

const FLAGS = { contacts: wholeNumber(1200, 50, 9000), provider: oneOf('all', ['all', 'hubspot']) } as const;
const read = (...args: string[]) => readFlags('demo', FLAGS, args);

describe('readFlags', () => {
  test('takes values in both notations, and fallbacks for the rest', () => {
    expect(read()).toEqual({ contacts: 1200, provider: 'all' });
    expect(read('--contacts', '50', '--provider=hubspot')).toEqual({ contacts: 50, provider: 'hubspot' });
  });

  test.each([
    [['--contacts', '49'], '--contacts cannot be "49"; it must be a whole number from 50 to 9000'],
    [['--contacts', '-60'], '--contacts cannot be "-60"; it must be a whole number from 50 to 9000'],
    [['--contacts', '1e3'], '--contacts cannot be "1e3"; it must be a whole number from 50 to 9000'],
    [['--contacts'], '--contacts needs a value; it must be a whole number from 50 to 9000'],
    [['--contacts='], '--contacts cannot be ""; it must be a whole number from 50 to 9000'],
    [['--provider', 'HubSpot'], '--provider cannot be "HubSpot"; it must be one of all, hubspot'],
    [['--fast'], '--fast is not a flag of demo; it takes --contacts, --provider'],
    [['-c', '5'], '-c is not a flag of demo; it takes --contacts, --provider'],
    [['5000'], '"5000" is not understood: demo takes flags'],
  ])('refuses %j in one line', (args, message) => {
    expect(() => read(...args)).toThrow(new UsageError(message));
    expect(message).not.toContain('\n');
  });
});
