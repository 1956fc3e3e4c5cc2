import { describe, expect, it } from '@jest/globals';
import { normalizeEmail } from './email.ts';

describe('normalizeEmail', () => {
  it.each([
    [' Mira.Okafor@Example.COM ', 'mira.okafor@example.com'],
    ["o'neil+salon@example.co.uk", "o'neil+salon@example.co.uk"],
    ['MÜLLER@example.de', 'müller@example.de'],
  ])('reads %j', (raw, expected) => {
    expect(normalizeEmail(raw)).toBe(expected);
  });

  it.each(['', '   ', 'mira', '@example.com', 'mira@', 'a b@example.com', 'a@b@c'])('refuses %j', (raw) => {
    expect(normalizeEmail(raw)).toBeNull();
  });
});
