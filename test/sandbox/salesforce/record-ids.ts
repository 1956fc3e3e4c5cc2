/** Record ids: 15 characters in which case counts, and three more that say so for those who ignore it. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The first three characters name the object. */
export const PREFIXES = {
  Account: '001',
  Contact: '003',
  Opportunity: '006',
  Lead: '00Q',
  OpportunityContactRole: '00K',
  Organization: '00D',
  User: '005',
  RecordType: '012',
} as const;
export type ObjectName = keyof typeof PREFIXES;

export function recordId(type: ObjectName, number: number): string {
  let rest = number;
  let text = '';
  while (text.length < 8) {
    text = (DIGITS[rest % 62] ?? '0') + text;
    rest = Math.floor(rest / 62);
  }
  return withCheck(`${PREFIXES[type]}5e0T${text}`.slice(0, 15));
}

/** The 18-character form of an id, or null when it is none. */
export function longId(id: string): string | null {
  if (!/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(id)) return null;
  return withCheck(id.slice(0, 15));
}

function withCheck(id: string): string {
  let suffix = '';
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let place = 0; place < 5; place++) {
      const character = id[block * 5 + place] ?? '';
      if (character >= 'A' && character <= 'Z') bits += 2 ** place;
    }
    suffix += CHECK[bits];
  }
  return id + suffix;
}
