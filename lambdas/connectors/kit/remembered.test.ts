import { describe, expect, it } from '@jest/globals';
import { oncePerSession } from './remembered.ts';
import { ScriptedHttp, sessionFor } from './scripted-http.ts';

const session = () => sessionFor(new ScriptedHttp(() => ({})));

describe('an answer that is asked for once per session', () => {
  it('is shared by those who ask at the same time, and apart for each key and session', async () => {
    let asked = 0;
    const answerOf = oncePerSession(async (_, key: string) => `${key}${++asked}`);
    const [one, other] = [session(), session()];
    expect(await Promise.all([answerOf(one, 'a'), answerOf(one, 'a')])).toEqual(['a1', 'a1']);
    expect([await answerOf(one, 'b'), await answerOf(other, 'a'), await answerOf(one, 'a')]).toEqual([
      'b2',
      'a3',
      'a1',
    ]);
  });

  it('replaces the remembered one when it is wanted afresh', async () => {
    let asked = 0;
    const answerOf = oncePerSession(async (_, key: string) => `${key}${++asked}`);
    const one = session();
    expect([await answerOf(one, 'a'), await answerOf(one, 'a', true), await answerOf(one, 'a')]).toEqual([
      'a1',
      'a2',
      'a2',
    ]);
  });

  it('is asked for again after a failure, and a late failure does not displace a newer answer', async () => {
    const fails: ((reason: Error) => void)[] = [];
    let asked = 0;
    const answerOf = oncePerSession((_, _key: string) => {
      asked += 1;
      return asked === 2 ? Promise.resolve('good') : new Promise<string>((_resolve, reject) => fails.push(reject));
    });
    const one = session();
    const failing = answerOf(one, 'a');
    expect(await answerOf(one, 'a', true)).toBe('good');
    fails[0]?.(new Error('late'));
    await expect(failing).rejects.toThrow('late');
    expect(await answerOf(one, 'a')).toBe('good');
    const again = answerOf(one, 'a', true);
    fails[1]?.(new Error('gone'));
    await expect(again).rejects.toThrow('gone');
    const retried = answerOf(one, 'a');
    fails[2]?.(new Error('again'));
    await expect(retried).rejects.toThrow('again');
    expect(asked).toBe(4);
  });
});
