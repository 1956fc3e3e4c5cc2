/** What people do in a HubSpot account between two syncs. */
import type { HubSpotControl, HubSpotTruth } from '../../sandbox/hubspot/hubspot-control.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import { changeableContacts, unusedPhone } from './hubspot-people.ts';

/** HubSpot's search hands out at most so many results of one query. */
const SEARCH_CAP = 10_000;
const OPEN_STAGES = ['appointmentscheduled', 'qualifiedtobuy', 'contractsent'] as const;
export const RENAMED_STAGE = { id: 'contractsent', label: 'Deposit paid in part' } as const;

export interface AccountState {
  readonly contacts: readonly HubSpotTruth[];
  readonly deals: readonly HubSpotTruth[];
}

/** Half of all contacts; in an account beyond the search's cap, more than one query can page through. */
function bulkSize(contacts: number): number {
  return contacts > SEARCH_CAP ? Math.min(contacts, SEARCH_CAP + 500) : Math.ceil(contacts / 2);
}

/** Every kind of change. Answers what was done, and the contacts that were archived. */
export async function changeMuch(
  hubspot: HubSpotControl,
  { contacts, deals }: AccountState,
): Promise<Changes & { readonly archived: readonly string[] }> {
  const people = changeableContacts(contacts, deals).map(({ id }) => id);
  const take = (): string => people.shift() ?? fail('contacts to change');

  // Its people first: they are the ones with deals.
  const archived = [take(), take(), take(), take()];
  const [a, b, c, d, e] = [take(), take(), take(), take(), take()];
  const erased = take();
  const [renamed, remarried, newNumber, newMobile, newAddress, noAddress] = [
    take(),
    take(),
    take(),
    take(),
    take(),
    take(),
  ];

  const { touched } = await hubspot.touch('contacts', {
    count: bulkSize(contacts.length),
    properties: { lifecyclestage: 'opportunity' },
  });

  await hubspot.patch('contacts', renamed, { firstname: 'Renée', lastname: 'Ångström-O’Neill' });
  await hubspot.patch('contacts', remarried, { lastname: 'Featherstonehaugh' });
  await hubspot.patch('contacts', newNumber, { phone: '0044 (0)20 7946 0018' });
  await hubspot.patch('contacts', newMobile, { mobilephone: unusedPhone(100) });
  await hubspot.patch('contacts', newAddress, { email: 'Moved.House@Post.example' });
  await hubspot.patch('contacts', noAddress, { email: '', phone: 'ask at reception' });

  const created = [];
  for (const [position, firstname] of ['Ottoline', 'Barnaby', 'Mónica'].entries()) {
    const email = `${['ottoline', 'barnaby', 'monica'][position]}@new.example`;
    created.push(await hubspot.create('contacts', { firstname, email, phone: unusedPhone(110 + position) }));
  }

  for (const id of archived) await hubspot.archive('contacts', id);
  const { id: survivor } = await hubspot.merge('contacts', a, b);
  await hubspot.merge('contacts', survivor, c);
  await hubspot.change({ mergeKeepsPrimaryId: true });
  await hubspot.merge('contacts', d, e);
  await hubspot.change({ mergeKeepsPrimaryId: false });
  await hubspot.gdprDelete('contacts', erased);

  const moved = deals.slice(-OPEN_STAGES.length);
  for (const [position, deal] of moved.entries()) {
    await hubspot.patch('deals', deal.id, { pipeline: 'default', dealstage: OPEN_STAGES[position] ?? OPEN_STAGES[0] });
  }
  const links = created.map(({ id }) => id);
  await hubspot.create(
    'deals',
    { dealname: 'Bridal party of three', amount: '640.50', pipeline: 'default', dealstage: RENAMED_STAGE.id },
    { contactIds: links },
  );
  await hubspot.renameStage(RENAMED_STAGE.id, RENAMED_STAGE.label);

  return {
    archived,
    done: [
      `${count(touched)} contacts changed in one bulk edit: all have the same modified date`,
      '6 contacts edited: names, phone numbers, e-mail addresses',
      '3 contacts and 1 deal created, the deal linked to the three',
      `${archived.length} contacts archived; their deals lose a link`,
      '3 merges: two into a new record, that one merged again, one into a record that keeps its id',
      '1 contact erased under GDPR',
      `${moved.length} deals moved to another stage; 1 stage renamed`,
    ],
    unseen: [
      {
        resource: 'contacts',
        id: erased,
        why: 'erased under GDPR: neither search nor the list of archived contacts mentions it',
      },
    ],
  };
}

/** Later on: one archived contact comes back, and deals move on. */
export async function changeLittle(
  hubspot: HubSpotControl,
  { contacts, deals }: AccountState,
  archived: readonly string[],
): Promise<Changes> {
  const [restored = fail('archived contacts'), ...stillArchived] = archived;
  await hubspot.restore('contacts', restored);
  const [leaving = fail('contacts to change'), edited = fail('contacts to change')] = changeableContacts(
    contacts,
    deals,
  )
    .map(({ id }) => id)
    .filter((id) => !stillArchived.includes(id));
  await hubspot.archive('contacts', leaving);
  await hubspot.patch('contacts', edited, { company: 'Quayside Yoga' });
  const [won = fail('deals'), lost = fail('deals')] = deals.slice(-2).map(({ id }) => id);
  await hubspot.patch('deals', won, { pipeline: 'default', dealstage: 'closedwon' });
  await hubspot.patch('deals', lost, { pipeline: 'default', dealstage: 'closedlost', amount: '0' });
  return {
    done: ['1 archived contact restored, 1 archived, 1 edited; 2 deals closed'],
    unseen: [],
  };
}

function fail(what: string): never {
  throw new DemoError(`the account has too few ${what}`);
}
