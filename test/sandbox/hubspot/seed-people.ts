import { Random } from '../mechanics/random.ts';
import { calculatedPhones, compact } from './properties.ts';
import type { Properties } from './records.ts';
import { britishMobile, INVALID_PHONES, randomPhone, type SeedPhone } from './seed-phones.ts';

const FIRST = (
  'Amelia Oliver Isla Noah Ava Muhammad Freya Arthur Priya Theo Zofia Kwame Siobhán Dylan Aisha Callum Mei Rhys Chloé ' +
  'Owen Fatima Jürgen Niamh Ravi Elżbieta Tom Leila Hamish Grace Ngozi Søren Ivy José Beatrix Yusuf Maisie'
).split(' ');
const LAST = (
  "Smith Patel O'Brien Jones Khan Williams Nowak MacDonald Taylor Okafor Evans Müller Begum Wilson Ó Ceallaigh Davies " +
  'Chowdhury Roberts García Ahmed Walker Wright Hughes Kowalska Green Singh Thompson-Hale Clarke Lewis Adeyemi Ward'
)
  .replace('Ó Ceallaigh', 'Ó_Ceallaigh')
  .split(' ')
  .map((name) => name.replace('_', ' '));
const COMPANIES = ['Harbour Dental', 'Finch & Sons', 'Northgate Physio', 'Lumen Studio', 'Bramble Café', 'Acre Homes'];
const DOMAINS = ['mailbox.example', 'post.example', 'inbox.example', 'home.example'];
const STAGES = ['lead', 'customer', 'customer', 'opportunity', 'subscriber'];
const OWNERS = ['7130021', '7130022', '7130023'];

interface Person {
  readonly firstname?: string | null;
  readonly lastname?: string | null;
  readonly email?: string | null;
  readonly additionalEmails?: readonly string[];
  readonly phone?: SeedPhone | null;
  readonly mobile?: SeedPhone | null;
}

/**
 * The properties of the `index`-th contact. The first ones are the cases that break programs, so that even a small
 * sandbox has them; the rest is an ordinary customer list.
 */
export function seedPerson(random: Random, index: number): Properties {
  const ordinary = ordinaryPerson(random, index);
  const {
    phone = ordinary.phone,
    mobile = ordinary.mobile,
    ...rest
  } = { ...ordinary, ...specialPerson(random, index) };
  return compact({
    firstname: rest.firstname,
    lastname: rest.lastname,
    email: rest.email,
    hs_additional_emails: rest.additionalEmails?.join(';'),
    phone: phone?.raw,
    mobilephone: mobile?.raw,
    company: random.chance(0.3) ? random.pick(COMPANIES) : null,
    lifecyclestage: random.pick(STAGES),
    hubspot_owner_id: random.chance(0.7) ? random.pick(OWNERS) : null,
    ...calculatedPhones(phone ?? NO_PHONE, mobile ?? NO_PHONE),
  });
}

const NO_PHONE: SeedPhone = { raw: '', national: null, international: null };
const FAMILY_PHONE: SeedPhone = { raw: '020 7313 4410', national: '2073134410', international: '+442073134410' };

function ordinaryPerson(random: Random, index: number): Person {
  const firstname = random.pick(FIRST);
  const lastname = random.chance(0.03) ? null : random.pick(LAST);
  const user = [firstname, lastname ?? 'x', String(index)].join('.');
  const email = `${user
    .normalize('NFD')
    .replace(/[^A-Za-z0-9.]/g, '')
    .toLowerCase()}@${random.pick(DOMAINS)}`;
  return {
    firstname,
    lastname,
    email: random.chance(0.88) ? email : null,
    additionalEmails: random.chance(0.02) ? [`second.${email}`] : [],
    phone: ordinaryPhone(random, index),
    mobile: random.chance(0.25) ? britishMobile(random) : null,
  };
}

/** One in a hundred gives the number of a household, which a few people of the same 300 share. */
function ordinaryPhone(random: Random, index: number): SeedPhone | null {
  const draw = random.next();
  if (draw < 0.12) return null;
  if (draw < 0.13) return random.pick(INVALID_PHONES);
  return draw < 0.14 ? britishMobile(new Random(Math.floor(index / 300))) : randomPhone(random);
}

function specialPerson(random: Random, index: number): Person {
  switch (index) {
    case 0:
      return { firstname: 'Cher', lastname: null };
    case 1:
      return { firstname: 'Zoë 🌸', lastname: '👩‍👧 Quinn' };
    case 2:
      return { firstname: 'Wolfeschlegelsteinhausen'.repeat(9).slice(0, 200), lastname: 'Long' };
    case 3:
      return { firstname: 'No', lastname: 'Phone', phone: null, mobile: null };
    case 4:
      return { firstname: 'Invalid', lastname: 'Phone', phone: INVALID_PHONES[0] ?? null, mobile: null };
    case 5:
      return {
        firstname: 'Two',
        lastname: 'Addresses',
        email: 'two.addresses@mailbox.example',
        additionalEmails: ['two.addresses@work.example', 'two.old@post.example'],
      };
    case 6:
      return { firstname: 'Ruth', lastname: 'Family', phone: FAMILY_PHONE, mobile: null };
    case 7:
      return { firstname: 'Sam', lastname: 'Family', phone: FAMILY_PHONE, mobile: null };
    case 8:
      return { firstname: 'Mobile', lastname: 'Only', phone: null, mobile: britishMobile(random) };
    case 9:
      return { firstname: null, lastname: null, email: 'nameless@mailbox.example' };
    case 10:
      return { firstname: null, lastname: 'Winterbourne', email: null };
    case 11:
      return { firstname: '小龍', lastname: '李' };
    default:
      return {};
  }
}
