import { seedPerson } from '../hubspot/seed-people.ts';
import { Random } from '../mechanics/random.ts';
import type { Org } from './org.ts';
import type { Fields } from './store.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const STAGES = [
  { name: 'Prospecting', probability: 10, closed: false, won: false },
  { name: 'Proposal/Price Quote', probability: 65, closed: false, won: false },
  { name: 'Negotiation/Review', probability: 80, closed: false, won: false },
  { name: 'Closed Won', probability: 100, closed: true, won: true },
  { name: 'Closed Lost', probability: 0, closed: true, won: false },
] as const;
/** So many of the contacts were imported at one moment: their stamps are the same. */
const IMPORTED_SHARE = 0.4;

/** Fills an org: the same seed gives the same people, with dates counted back from now. */
export function seedOrg(org: Org, seed: number, contacts: number, opportunities: number): void {
  const random = new Random(seed);
  const { store } = org;
  const now = Math.floor(store.clock.now() / MINUTE) * MINUTE;
  const earlier = () => ({ created: now - random.int(4 * DAY, 900 * DAY), stamp: now - random.int(2 * DAY, 4 * DAY) });
  store.load(
    'Organization',
    { Name: org.name, OrganizationType: 'Enterprise Edition', TimeZoneSidKey: 'Europe/London' },
    0,
    0,
  );
  const { created: long } = earlier();
  if (org.personAccounts) {
    store.load(
      'RecordType',
      { Name: 'Business', SobjectType: 'Account', IsActive: true, IsPersonType: false },
      long,
      long,
    );
    store.load(
      'RecordType',
      { Name: 'Person', SobjectType: 'Account', IsActive: true, IsPersonType: true },
      long,
      long,
    );
  }

  const accounts = new Map<string, string>();
  const accountOf = (name: string): string => {
    const known = accounts.get(name) ?? store.load('Account', { Name: name, OwnerId: org.userId }, long, long).id;
    accounts.set(name, known);
    return known;
  };
  const contactIds: string[] = [];
  for (let index = 0; index < contacts; index++) {
    const { company, ...fields } = personFields(random, index);
    const { created, stamp } = earlier();
    const at = index < contacts * IMPORTED_SHARE ? now - 2 * DAY : stamp;
    const AccountId = company === null ? null : accountOf(company);
    contactIds.push(store.load('Contact', { ...fields, AccountId, OwnerId: org.userId }, created, at).id);
  }
  for (let index = 0; index < opportunities; index++) seedOpportunity(org, random, now, index, contactIds);
  const leads = Math.min(20, Math.ceil(contacts / 10));
  for (let index = 0; index < leads; index++) {
    const phone = `+4475009017${String(index).padStart(2, '0')}`;
    const fields = {
      FirstName: 'Lead',
      LastName: `Number ${index}`,
      Company: 'Walk-in',
      Status: 'Open - Not Contacted',
      Phone: phone,
      Email: `lead.${index}@inbox.example`,
    };
    const { created, stamp } = earlier();
    store.load('Lead', { ...fields, IsConverted: index % 5 === 4, OwnerId: org.userId }, created, stamp);
  }
}

/** Everybody has a last name here; who gives one name only is filed under it. */
function personFields(random: Random, index: number): Fields & { readonly company: string | null } {
  const { firstname, lastname, email, phone, mobilephone, company } = seedPerson(random, index);
  const LastName = lastname ?? firstname ?? 'Unknown';
  return {
    FirstName: lastname === undefined ? null : (firstname?.slice(0, 40) ?? null),
    LastName: LastName.slice(0, 80),
    Email: email ?? null,
    Phone: phone ?? null,
    MobilePhone: mobilephone ?? null,
    HomePhone: random.chance(0.05) ? `020 7313 ${random.digits(4)}` : null,
    AssistantPhone: random.chance(0.05) ? '+44 20 7313 4999' : null,
    company: company ?? null,
  };
}

function seedOpportunity(org: Org, random: Random, now: number, index: number, contactIds: readonly string[]): void {
  const stage = random.pick(STAGES);
  const { store } = org;
  const created = now - random.int(4 * DAY, 300 * DAY);
  const stamp = now - random.int(2 * DAY, 4 * DAY);
  const { id } = store.load(
    'Opportunity',
    {
      Name: `${random.pick(['Wedding hair', 'Colour course', 'Bridal party', 'Membership', 'Gift vouchers'])} ${index + 1}`,
      ...stageFields(stage.name),
      Amount: random.chance(0.9)
        ? random.pick([random.int(20, 4000), random.int(20, 400) + 0.5, random.int(1, 9) * 1e6])
        : null,
      CloseDate: new Date(now + random.int(-90, 90) * DAY).toISOString().slice(0, 10),
      OwnerId: org.userId,
      ...(org.multiCurrency ? { CurrencyIsoCode: random.pick(['GBP', 'EUR']) } : {}),
    },
    created,
    stamp,
  );
  if (index === 1 || contactIds.length === 0) return;
  const ContactId = random.pick(contactIds);
  store.load('OpportunityContactRole', { OpportunityId: id, ContactId, IsPrimary: true, Role: null }, created, stamp);
}

/** A stage brings its probability and flags with it. */
export function stageFields(name: string): Fields {
  const stage = STAGES.find((one) => one.name === name);
  return {
    StageName: name,
    Probability: stage?.probability ?? 0,
    IsClosed: stage?.closed ?? false,
    IsWon: stage?.won ?? false,
  };
}
