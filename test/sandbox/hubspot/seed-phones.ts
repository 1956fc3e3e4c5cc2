import type { Random } from '../mechanics/random.ts';
import type { SearchableNumber } from './phones.ts';

/** A number as somebody typed it, with what HubSpot works out from it. */
export interface SeedPhone extends SearchableNumber {
  readonly raw: string;
}

const GB_MOBILE = ['7400', '7415', '7712', '7723', '7734', '7745', '7803', '7850', '7904', '7921', '7940', '7966'];
const GB_CITIES = ['161', '121', '117', '131', '113', '114'];
const US_AREAS = ['415', '212', '312', '503', '617', '206'];
const DE_MOBILE = ['151', '160', '170', '171', '172', '175'];

/** What people write where a number should be. */
export const INVALID_PHONES: readonly SeedPhone[] = [
  { raw: 'call reception first', national: null, international: null },
  { raw: '12', national: '12', international: null },
  { raw: '+999 123', national: '999123', international: null },
  { raw: 'n/a', national: null, international: null },
];

/** Mostly British numbers, some American and German ones, in the many ways in which people write them. */
export function randomPhone(random: Random): SeedPhone {
  const draw = random.next();
  if (draw < 0.6) return britishMobile(random);
  if (draw < 0.86) return britishLandline(random);
  return draw < 0.94 ? american(random) : german(random);
}

export function britishMobile(random: Random): SeedPhone {
  const prefix = random.pick(GB_MOBILE);
  const rest = random.digits(6);
  const national = `${prefix}${rest}`;
  const spaced = `${prefix} ${rest}`;
  const halves = `${rest.slice(0, 3)} ${rest.slice(3)}`;
  const raw = random.pick([
    `0${national}`,
    `0${spaced}`,
    `0${prefix} ${halves}`,
    `+44${national}`,
    `+44 ${spaced}`,
    `+44 (0)${prefix} ${halves}`,
    `0044 ${spaced}`,
    `0${prefix}-${rest}`,
  ]);
  return { raw, national, international: `+44${national}` };
}

function britishLandline(random: Random): SeedPhone {
  const london = random.chance(0.5);
  const area = london ? '20' : random.pick(GB_CITIES);
  const first = london ? `7${random.int(2, 6)}${random.digits(2)}` : `${random.int(2, 8)}${random.digits(2)}`;
  const last = random.digits(4);
  const national = `${area}${first}${last}`;
  const raw = random.pick([
    `0${area} ${first} ${last}`,
    `(0${area}) ${first} ${last}`,
    `0${national}`,
    `+44 ${area} ${first} ${last}`,
    `+44 (0)${area} ${first} ${last}`,
    `0${area} ${first} ${last} ext. ${random.int(1, 99)}`,
  ]);
  return { raw, national, international: `+44${national}` };
}

function american(random: Random): SeedPhone {
  const area = random.pick(US_AREAS);
  const line = `01${random.digits(2)}`;
  const raw = random.pick([`+1 ${area} 555 ${line}`, `+1 (${area}) 555-${line}`, `+1${area}555${line}`]);
  return { raw, national: `${area}555${line}`, international: `+1${area}555${line}` };
}

function german(random: Random): SeedPhone {
  const prefix = random.pick(DE_MOBILE);
  const rest = random.digits(prefix === '151' ? 8 : 7);
  const raw = random.pick([`+49 ${prefix} ${rest}`, `+49${prefix}${rest}`, `0049 ${prefix} ${rest}`]);
  return { raw, national: `${prefix}${rest}`, international: `+49${prefix}${rest}` };
}
