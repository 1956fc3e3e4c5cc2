import { expect, test } from '@jest/globals';
import { plainText } from './plain-text.ts';

test.each([
  ['<p>One</p><p>Two<br>Three</p>', 'One\nTwo\nThree\n'],
  ['<html><head><title>x</title></head><style>p{}</style><body> a \r\n b </body></html>', 'a b'],
  ['A &amp; B &lt;c&gt; &#233; &#x1F600; &unknown; &#x110000;', 'A & B <c> é 😀 &unknown; &#x110000;'],
  ['no tags at all', 'no tags at all'],
  ['', ''],
])('%j says %j', (html, text) => expect(plainText(html)).toBe(text));
