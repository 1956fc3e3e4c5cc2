/** What people do in a Salesforce org between two syncs. */
import type { SalesforceControl, SalesforceTruth } from '../../sandbox/salesforce/salesforce-control.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import { unusedPhone } from './hubspot-people.ts';

/** The seed's first contacts are the hard cases; they stay as they are, so that each sync meets them. */
const SPECIAL_CONTACTS = 12;
/** Rows that are committed late appear with a stamp that a sync has passed already. */
const LATE_MS = 4 * 60_000;

export interface OrgState {
  readonly contacts: readonly SalesforceTruth[];
  readonly opportunities: readonly SalesforceTruth[];
}

/** Every kind of change. Answers what was done, and the contacts in the recycle bin. */
export async function changeMuch(
  salesforce: SalesforceControl,
  { contacts, opportunities }: OrgState,
): Promise<Changes & { readonly binned: readonly string[] }> {
  const people = changeable(contacts, opportunities);
  const take = (): string => people.shift() ?? fail('contacts to change');
  // People with opportunities come first: these lose their contact, or get another one.
  const binned = [take(), take(), take()];
  const [survivor, loser, other] = [take(), take(), take()];
  const purged = take();
  const hidden = take();
  const [renamed, newNumber, newMobile, newAddress, noAddress] = [take(), take(), take(), take(), take()];
  const late = take();

  const { touched } = await salesforce.touch('Contact', Math.ceil(contacts.length / 2), { OtherPhone: null });
  await salesforce.patch(renamed, { FirstName: 'Renée', LastName: "Ångström-O'Neill" });
  await salesforce.patch(newNumber, { Phone: '0044 (0)20 7946 0018' });
  await salesforce.patch(newMobile, { MobilePhone: unusedPhone(100) });
  await salesforce.patch(newAddress, { Email: 'Moved.House@Post.example' });
  await salesforce.patch(noAddress, { Email: null, Phone: 'ask at reception' });
  await salesforce.patch(late, { LastName: 'Featherstonehaugh' }, { lateMs: LATE_MS });

  const created: string[] = [];
  for (const [position, LastName] of ['Ottoline', 'Barnaby 🌸', 'Mónica'].entries()) {
    const Email = `${['ottoline', 'barnaby', 'monica'][position]}@new.example`;
    const { id } = await salesforce.create('Contact', { LastName, Email, Phone: unusedPhone(110 + position) });
    created.push(id);
  }
  await salesforce.create('Contact', { LastName: 'Latecomer', Phone: unusedPhone(120) }, { lateMs: LATE_MS });

  for (const id of binned) await salesforce.delete(id);
  await salesforce.purge(purged);
  await salesforce.merge(survivor, loser);
  await salesforce.merge(survivor, other);
  await salesforce.share(hidden, false);

  const [moved = fail('opportunities'), reassigned = fail('opportunities'), orphaned = fail('opportunities'), dropped] =
    opportunities.map(({ id }) => id).toReversed();
  await salesforce.patch(moved, { StageName: 'Negotiation/Review', Amount: 1250.75 });
  await salesforce.setPrimaryContact(reassigned, created[0] ?? null);
  await salesforce.setPrimaryContact(orphaned, null);
  await salesforce.delete(dropped ?? fail('opportunities'));
  const bridal = { Name: 'Bridal party of three', StageName: 'Prospecting', Amount: 640.5, CloseDate: '2027-05-01' };
  await salesforce.create('Opportunity', bridal, { contactId: created[1] ?? '' });

  return {
    binned,
    done: [
      `${count(touched)} contacts changed in one bulk edit: all have the same stamp`,
      '5 contacts edited: names, phone numbers, e-mail addresses',
      '4 contacts created, one of them and one edit committed late, with stamps that were passed already',
      `${binned.length} contacts into the recycle bin, 1 deleted for good, 2 merged into a third`,
      '1 contact shared no more with the user who connected',
      '2 opportunities got another contact or none, though their stamps stand; 1 moved, 1 deleted, 1 created',
    ],
    unseen: [
      {
        resource: 'contacts',
        id: purged,
        why: 'deleted for good a moment ago: the feed of deletions is some minutes behind (the next sync of any kind sees it)',
      },
      {
        resource: 'contacts',
        id: hidden,
        why: 'no longer shared with the user who connected: no feed of Salesforce mentions it',
      },
    ],
  };
}

/** Later on: a contact comes back from the recycle bin, and opportunities are closed. */
export async function changeLittle(
  salesforce: SalesforceControl,
  { contacts, opportunities }: OrgState,
  binned: readonly string[],
): Promise<Changes> {
  await salesforce.undelete(binned[0] ?? fail('contacts in the recycle bin'));
  const [leaving = fail('contacts'), edited = fail('contacts')] = changeable(contacts, opportunities);
  await salesforce.delete(leaving);
  await salesforce.patch(edited, { HomePhone: unusedPhone(130) });
  const [won = fail('opportunities'), lost = fail('opportunities')] = opportunities.map(({ id }) => id);
  await salesforce.patch(won, { StageName: 'Closed Won' });
  await salesforce.patch(lost, { StageName: 'Closed Lost', Amount: 0 });
  return { done: ['1 contact restored, 1 deleted, 1 edited; 2 opportunities closed'], unseen: [] };
}

/** Ordinary contacts, those with opportunities first: their changes reach the opportunities, too. */
function changeable(contacts: readonly SalesforceTruth[], opportunities: readonly SalesforceTruth[]): string[] {
  const linked = new Set(opportunities.map(({ fields }) => fields.ContactId));
  const ordinary = contacts.slice(SPECIAL_CONTACTS).filter(({ fields }) => fields.Email && fields.Phone);
  return ordinary.map(({ id }) => id).toSorted((a, b) => Number(linked.has(b)) - Number(linked.has(a)));
}

function fail(what: string): never {
  throw new DemoError(`the org has too few ${what}`);
}
