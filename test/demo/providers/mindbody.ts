import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import {
  MindbodyControl,
  type MindbodyResource,
  type MindbodyTruths,
} from '../../sandbox/mindbody/mindbody-control.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type { BookingScenario, Changes, DemoScenario, PeopleScenario, Person, TrueRecord } from '../demo-scenario.ts';
import { changeLittle, changeMuch, type SiteState } from './mindbody-changes.ts';
import {
  mirroredFields,
  siteTime,
  TIME_ZONE,
  trueAppointmentFields,
  trueClassFields,
  trueClientFields,
  trueNumbers,
  trueServiceFields,
  trueStaffFields,
} from './mindbody-fields.ts';
import { choosePeople, unusedPhone } from './mindbody-people.ts';

const RESOURCES = ['clients', 'services', 'staff', 'appointments', 'classes'] as const;
/** A haircut: two of the four do it. */
const SERVICE = 31;
const CUSTOMER = { firstName: 'Ikenna', lastName: 'Vasquez-Reid', phone: '+447500900400' };

/** Mindbody's part of the demo. */
export class MindbodyScenario implements DemoScenario {
  readonly resources = RESOURCES;
  readonly config = {
    defaultCountry: 'GB',
    timeZone: TIME_ZONE,
    connection: { siteId: '12345' },
    // One of four members of staff leaves.
    deletionBrakePercent: 50,
  } as const;
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await this.#all('clients')),
    create: () => this.#createPerson(),
    count: (query) => this.#countPeople(query),
  };
  readonly booking: BookingScenario = {
    request: async () => ({ serviceId: String(SERVICE), customer: CUSTOMER }),
    take: async ({ start, staffId }) => {
      if (staffId === null) throw new DemoError('Mindbody offers times with somebody in particular');
      const { id } = await this.#mindbody.createClient({ FirstName: 'Quick', LastName: `Runner ${siteTime(start)}` });
      const wanted = { clientId: id, sessionTypeId: SERVICE, staffId: Number(staffId), start: siteTime(start) };
      await this.#mindbody.book(wanted);
    },
    count: ({ start }) => this.#countBookings(siteTime(start)),
  };
  readonly #mindbody: MindbodyControl;
  #inactive = '';

  constructor(sandbox: SandboxClient) {
    this.#mindbody = new MindbodyControl(sandbox);
  }

  /** The owner opens the activation link. */
  async finishConnecting(): Promise<void> {
    await this.#mindbody.activate();
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    switch (resource) {
      case 'clients':
        for await (const client of this.#mindbody.truth('clients')) {
          const { UniqueId, LastModifiedDateTime: updatedAt } = client;
          yield { id: String(UniqueId), updatedAt, fields: trueClientFields(client) };
        }
        return;
      case 'appointments':
        for await (const one of this.#mindbody.truth('appointments')) {
          yield { id: String(one.Id), updatedAt: null, fields: trueAppointmentFields(one) };
        }
        return;
      case 'classes':
        for await (const one of this.#mindbody.truth('classes')) {
          yield { id: String(one.Id), updatedAt: one.LastModifiedDateTime, fields: trueClassFields(one) };
        }
        return;
      case 'services':
        for await (const one of this.#mindbody.truth('services')) {
          yield { id: String(one.Id), updatedAt: null, fields: trueServiceFields(one) };
        }
        return;
      case 'staff':
        for await (const one of this.#mindbody.truth('staff')) {
          yield { id: String(one.Id), updatedAt: null, fields: trueStaffFields(one) };
        }
        return;
      default:
        throw new DemoError(`Mindbody has no ${resource}`);
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    const resource = RESOURCES.find((one) => one === record.resource);
    if (!resource) throw new DemoError(`Mindbody has no ${record.resource}`);
    return { id: record.id, fields: mirroredFields(record, resource) };
  }

  async changeMuch(): Promise<Changes> {
    const { inactive, ...changes } = await changeMuch(this.#mindbody, await this.#site());
    this.#inactive = inactive;
    return changes;
  }

  async changeLittle(): Promise<Changes> {
    return changeLittle(this.#mindbody, await this.#site(), this.#inactive);
  }

  async #createPerson(): Promise<Person> {
    const person = { phone: unusedPhone(200), email: 'just.walked.in@new.example' };
    const { id } = await this.#mindbody.createClient({
      FirstName: 'Just',
      LastName: 'Walkedin',
      Email: person.email,
      MobilePhone: `0${person.phone.slice('+44'.length)}`,
    });
    return { id, ...person };
  }

  async #countPeople({ phone, email }: { phone?: string; email?: string }): Promise<number> {
    const clients = await this.#all('clients');
    return clients.filter(
      (client) =>
        (phone === undefined || trueNumbers(client).includes(phone)) && (email === undefined || client.Email === email),
    ).length;
  }

  /** Live appointments of the demo's customer. */
  async #countBookings(start: string): Promise<number> {
    const clients = await this.#all('clients');
    const customers = clients.filter((client) => trueNumbers(client).includes(CUSTOMER.phone));
    const ids = new Set(customers.map(({ UniqueId }) => UniqueId));
    const appointments = await this.#all('appointments');
    return appointments.filter(
      (one) => ids.has(one.clientUniqueId) && one.StartDateTime === start && !/Cancelled$/.test(one.Status),
    ).length;
  }

  async #site(): Promise<SiteState> {
    const [clients, appointments, classes] = await Promise.all([
      this.#all('clients'),
      this.#all('appointments'),
      this.#all('classes'),
    ]);
    return { clients, appointments, classes };
  }

  async #all<R extends MindbodyResource>(resource: R): Promise<MindbodyTruths[R][]> {
    const rows: MindbodyTruths[R][] = [];
    for await (const row of this.#mindbody.truth(resource)) rows.push(row);
    return rows;
  }
}
