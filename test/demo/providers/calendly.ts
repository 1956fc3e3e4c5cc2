import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { CalendlyControl, type ContactTruth } from '../../sandbox/calendly/calendly-control.ts';
import { idOf } from '../../sandbox/calendly/records.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type {
  BookingScenario,
  Changes,
  DemoCustomer,
  DemoPeople,
  DemoScenario,
  PeopleScenario,
  Person,
  TrueRecord,
} from '../demo-scenario.ts';
import { type AccountState, changeLittle, changeMuch } from './calendly-changes.ts';
import {
  latestChange,
  mirroredFields,
  trueContactFields,
  trueEventFields,
  trueServiceFields,
  validPhones,
} from './calendly-fields.ts';
import { unusedPhone, waysToWrite } from './hubspot-people.ts';

const settingsSchema = z.looseObject({ listLagMs: z.number() });
/** Beyond the lag itself: clocks tick in ms. */
const LAG_MARGIN_MS = 100;
const BOOKED_SERVICE = 'Haircut';
/** Calendly books nobody without an e-mail address. */
const NEW_CUSTOMER: DemoCustomer = {
  firstName: 'Perpetua',
  lastName: 'Lindqvist',
  email: 'perpetua.lindqvist@new.example',
  phone: unusedPhone(400),
};

/** Calendly's part of the demo: the salon's owner connects, and sees the whole organization. */
export class CalendlyScenario implements DemoScenario {
  readonly resources = ['contacts', 'services', 'appointments'] as const;
  readonly config = { defaultCountry: 'GB', timeZone: 'Europe/London' } as const;
  readonly people: PeopleScenario = {
    newCallerEmail: 'marguerite@new.example',
    sample: async () => choosePeople(await all(this.#calendly.contacts())),
    create: () => this.#createPerson(),
    count: async (query) => (await all(this.#calendly.contacts())).filter((contact) => isMeant(contact, query)).length,
  };
  readonly booking: BookingScenario = {
    request: async () => ({ serviceId: await this.#bookedService(), customer: NEW_CUSTOMER }),
    take: async ({ start }) => {
      const rival = { name: 'Quick Clicker', email: 'quick.clicker@new.example' };
      await this.#calendly.book(await this.#bookedService(), rival, { start });
      await this.#untilListsShow();
    },
    count: ({ start, customer }) => this.#countBookings(start, customer),
  };
  readonly #sandbox: SandboxClient;
  readonly #calendly: CalendlyControl;

  constructor(sandbox: SandboxClient) {
    this.#sandbox = sandbox;
    this.#calendly = new CalendlyControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    switch (resource) {
      case 'contacts':
        for await (const contact of this.#calendly.contacts()) {
          yield { id: idOf(contact.uri), updatedAt: contact.updated_at, fields: trueContactFields(contact) };
        }
        return;
      case 'services':
        for await (const type of this.#calendly.eventTypes()) {
          yield { id: idOf(type.uri), updatedAt: null, fields: trueServiceFields(type) };
        }
        return;
      case 'appointments':
        for await (const event of this.#calendly.events()) {
          yield { id: idOf(event.uri), updatedAt: latestChange(event), fields: trueEventFields(event) };
        }
        return;
      default:
        throw new DemoError(`Calendly has no ${resource}`);
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    return { id: record.id, fields: mirroredFields(record) };
  }

  async changeMuch(): Promise<Changes> {
    const changes = await changeMuch(this.#calendly, await this.#account());
    await this.#untilListsShow();
    return changes;
  }

  async changeLittle(): Promise<Changes> {
    const changes = await changeLittle(this.#calendly, await this.#account());
    await this.#untilListsShow();
    return changes;
  }

  async #account(): Promise<AccountState> {
    const [contacts, eventTypes, events] = await Promise.all([
      all(this.#calendly.contacts()),
      all(this.#calendly.eventTypes()),
      all(this.#calendly.events()),
    ]);
    return { contacts, eventTypes, events };
  }

  async #createPerson(): Promise<Person> {
    const [phone, email] = [unusedPhone(200), 'just.walked.in@new.example'];
    const { id } = await this.#calendly.createContact({ name: 'Just Walkedin', emails: [email], phones: [phone] });
    await this.#untilListsShow();
    return { id, phone, email };
  }

  async #bookedService(): Promise<string> {
    const types = await all(this.#calendly.eventTypes());
    const type = types.find(({ name }) => name === BOOKED_SERVICE);
    if (!type) throw new DemoError('the account has nothing to book');
    return idOf(type.uri);
  }

  async #countBookings(start: string, { email }: DemoCustomer): Promise<number> {
    const events = await all(this.#calendly.events());
    return events.filter(
      (event) =>
        event.status === 'active' &&
        Date.parse(event.start_time) === Date.parse(start) &&
        event.invitees.some((invitee) => invitee.email === email && invitee.status === 'active'),
    ).length;
  }

  async #untilListsShow(): Promise<void> {
    const { listLagMs } = settingsSchema.parse(await this.#sandbox.settings('calendly'));
    await sleep(listLagMs + LAG_MARGIN_MS);
  }
}

function choosePeople(contacts: readonly ContactTruth[]): DemoPeople {
  const byPhone = Map.groupBy(
    contacts.flatMap((contact) => validPhones(contact).map((phone) => ({ id: idOf(contact.uri), phone }))),
    ({ phone }) => phone,
  );
  const caller = contacts.findLast((contact) => {
    const [phone = '', ...others] = validPhones(contact);
    const seeded = /^\+447\d{9}$/.test(phone) && !phone.startsWith(unusedPhone(0).slice(0, -3));
    return seeded && others.length === 0 && byPhone.get(phone)?.length === 1 && contact.emails.length === 1;
  });
  const second = contacts.find(({ emails }) => emails.length > 1);
  const shared = [...byPhone].find(([, people]) => people.length > 1);
  if (!caller || !second || !shared) throw new DemoError('the account has nobody who fits the look-ups');
  return {
    caller: {
      id: idOf(caller.uri),
      phones: waysToWrite(validPhones(caller)[0] ?? ''),
      email: caller.emails[0]?.email ?? '',
    },
    secondAddress: { id: idOf(second.uri), email: second.emails[1]?.email.toLowerCase() ?? '' },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

function isMeant(contact: ContactTruth, { phone, email }: { phone?: string; email?: string }): boolean {
  return (
    (phone === undefined || contact.e164.includes(phone)) &&
    (email === undefined || contact.emails.some((one) => one.email.toLowerCase() === email.toLowerCase()))
  );
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const row of rows) read.push(row);
  return read;
}
