import { setTimeout as sleep } from 'node:timers/promises';
import { isValidPhoneNumber } from 'libphonenumber-js/max';
import * as z from 'zod';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import { SquareControl } from '../../sandbox/square/square-control.ts';
import type { CustomerTruth } from '../../sandbox/square/truth.ts';
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
import { unusedPhone, waysToWrite } from './hubspot-people.ts';
import { changeLittle, changeMuch, type SellerState } from './square-changes.ts';
import {
  mirroredFields,
  trueBookingFields,
  trueCustomerFields,
  trueServiceFields,
  trueStaffFields,
} from './square-fields.ts';

const settingsSchema = z.looseObject({ searchLagMs: z.number() });
/** Beyond the lag itself: clocks tick in ms. */
const LAG_MARGIN_MS = 100;
const DAY_MS = 24 * 60 * 60_000;
/** The hub mirrors appointments from 90 days ago on. */
const MIRRORED_DAYS = 90;
/** Nobody in the account has this number. */
const NEW_CUSTOMER: DemoCustomer = { firstName: 'Perpetua', lastName: 'Lindqvist', phone: unusedPhone(400) };

/** Square's part of the demo. */
export class SquareScenario implements DemoScenario {
  readonly resources = ['customers', 'appointments', 'services', 'staff'] as const;
  readonly config = { defaultCountry: 'GB', timeZone: 'Europe/London' } as const;
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await this.#square.all('customers')),
    create: () => this.#createPerson(),
    count: async (query) => (await this.#peopleWith(query)).length,
  };
  readonly booking: BookingScenario = {
    request: () => this.#whatToBook(),
    take: async ({ start, staffId }) => {
      if (staffId === null) throw new DemoError('Square offers times with somebody in particular');
      await this.#square.createBooking({ teamMemberId: staffId, startAt: start });
    },
    count: ({ start, customer }) => this.#countBookings(start, customer),
  };
  readonly #sandbox: SandboxClient;
  readonly #square: SquareControl;

  constructor(sandbox: SandboxClient) {
    this.#sandbox = sandbox;
    this.#square = new SquareControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    switch (resource) {
      case 'customers':
        for (const customer of await this.#square.all('customers')) {
          yield { id: customer.id, updatedAt: customer.updatedAt, fields: trueCustomerFields(customer) };
        }
        return;
      case 'appointments':
        for (const booking of await this.#square.all('appointments')) {
          if (Date.parse(booking.startAt) < Date.now() - MIRRORED_DAYS * DAY_MS) continue;
          yield { id: booking.id, updatedAt: booking.updatedAt, fields: trueBookingFields(booking) };
        }
        return;
      case 'services':
        yield* this.#services();
        return;
      case 'staff':
        for (const person of await this.#square.all('staff')) {
          yield { id: person.id, updatedAt: null, fields: trueStaffFields(person) };
        }
        return;
      default:
        throw new DemoError(`Square has no ${resource}`);
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    return { id: record.id, fields: mirroredFields(record) };
  }

  async changeMuch(): Promise<Changes> {
    return this.#untilSearchShows(await changeMuch(this.#square, await this.#account()));
  }

  async changeLittle(): Promise<Changes> {
    return this.#untilSearchShows(await changeLittle(this.#square, await this.#account()));
  }

  async *#services(): AsyncGenerator<TrueRecord> {
    const services = await this.#square.all('services');
    for (const service of services) {
      const isOnly = services.filter(({ itemId }) => itemId === service.itemId).length === 1;
      yield { id: service.id, updatedAt: null, fields: trueServiceFields(service, isOnly) };
    }
  }

  async #account(): Promise<SellerState> {
    const [customers, appointments, services, staff, locations] = await Promise.all([
      this.#square.all('customers'),
      this.#square.all('appointments'),
      this.#square.all('services'),
      this.#square.all('staff'),
      this.#square.all('locations'),
    ]);
    return { customers, appointments, services, staff, locations };
  }

  async #createPerson(): Promise<Person> {
    const [phone, email] = [unusedPhone(200), 'just.walked.in@new.example'];
    const members = { given_name: 'Just', family_name: 'Walkedin', phone_number: phone, email_address: email };
    const { id } = await this.#square.createCustomer(members);
    return this.#untilSearchShows({ id, phone, email });
  }

  async #peopleWith({ phone, email }: { phone?: string; email?: string }): Promise<CustomerTruth[]> {
    const customers = await this.#square.all('customers');
    return customers.filter(
      ({ e164, members }) =>
        (phone === undefined || e164 === phone) && (email === undefined || members.email_address === email),
    );
  }

  async #whatToBook() {
    const services = await this.#square.all('services');
    const service = services.find(({ bookable, staffIds }) => bookable && staffIds.length > 1);
    if (!service) throw new DemoError('the account has nothing to book');
    return { serviceId: service.id, customer: NEW_CUSTOMER };
  }

  async #countBookings(start: string, { phone = '' }: DemoCustomer): Promise<number> {
    const ids = (await this.#peopleWith({ phone })).map(({ id }) => id);
    const bookings = await this.#square.all('appointments');
    return bookings.filter(
      ({ startAt, customerId, status }) =>
        Date.parse(startAt) === Date.parse(start) &&
        (status === 'ACCEPTED' || status === 'PENDING') &&
        ids.includes(customerId ?? ''),
    ).length;
  }

  async #untilSearchShows<T>(done: T): Promise<T> {
    const { searchLagMs } = settingsSchema.parse(await this.#sandbox.settings('square'));
    await sleep(searchLagMs + LAG_MARGIN_MS);
    return done;
  }
}

function choosePeople(customers: readonly CustomerTruth[]): DemoPeople {
  const byPhone = Map.groupBy(
    customers.filter(({ e164 }) => e164 !== null && isValidPhoneNumber(e164)),
    ({ e164 }) => e164 ?? '',
  );
  const caller = customers.findLast(
    ({ e164, members }) =>
      /^\+447\d{9}$/.test(e164 ?? '') &&
      !e164?.startsWith(unusedPhone(0).slice(0, -3)) &&
      byPhone.get(e164 ?? '')?.length === 1 &&
      members.email_address,
  );
  const shared = [...byPhone].find(([, people]) => people.length > 1);
  if (!caller?.e164 || !shared) throw new DemoError('the account has nobody who fits the look-ups');
  return {
    caller: { id: caller.id, phones: waysToWrite(caller.e164), email: caller.members.email_address ?? '' },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}
