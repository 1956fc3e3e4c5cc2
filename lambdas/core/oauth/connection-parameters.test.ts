import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkConnectionValues, connectionValues, fillIn } from './connection-parameters.ts';

const PROVIDER = {
  name: 'Provider',
  connectionParameters: {
    host: { label: 'Host', description: 'Its name.', pattern: 'login|[a-z]+\\.my', default: 'login' },
    site: { label: 'Site', description: 'Its number.', pattern: '[0-9]+' },
  },
};

describe('the values of an account', () => {
  test('are those given, over the defaults, and nothing else', () => {
    expect(connectionValues(PROVIDER, { site: '7' })).toEqual({ host: 'login', site: '7' });
    expect(connectionValues(PROVIDER, { host: 'a.my', other: 'x' })).toEqual({ host: 'a.my' });
    expect(connectionValues({}, { site: '7' })).toEqual({});
  });

  test('are accepted exactly when the whole value matches its pattern', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(login|[a-z]{1,4}\.my)[\s\S]{0,2}$/)), (host) => {
        const isGood = /^(?:login|[a-z]+\.my)$/.test(host) && !host.endsWith('\n');
        const check = () => checkConnectionValues(PROVIDER, { site: '7', host });
        if (isGood) check();
        else expect(check).toThrow('config.connection.host');
      }),
    );
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('know no %s', (name) => {
    const given = Object.fromEntries([
      ['site', '7'],
      [name, 'x'],
    ]);
    expect(() => checkConnectionValues(PROVIDER, given)).toThrow(`config.connection.${name}`);
    expect(Object.keys(connectionValues(PROVIDER, given)).sort()).toEqual(['host', 'site']);
  });
});

describe('a template', () => {
  test('takes each name as often as it stands there, and leaves the rest', () => {
    expect(fillIn('https://{a}.x/{b}?c={a}&d={ e }', { a: '1', b: '2' })).toBe('https://1.x/2?c=1&d={ e }');
  });

  test('is filled once: a value is never a template', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(fillIn('{a}|{b}', { a, b })).toBe(`${a}|${b}`);
      }),
    );
  });

  test('keeps a value in its place when it is encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (value) => {
          const url = new URL(fillIn('https://x.example/p?v={value}&w=1', { value }, encodeURIComponent));
          expect([...url.searchParams]).toEqual([
            ['v', value],
            ['w', '1'],
          ]);
        },
      ),
    );
  });

  test.each(['{missing}', '{constructor}'])('with %s cannot be filled', (template) => {
    expect(() => fillIn(template, {})).toThrow('has no value');
  });
});
