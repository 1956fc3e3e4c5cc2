import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { parsePhone } from '../../../lambdas/core/phone.ts';
import { type AppointmentRow, type ClientRow, STAFF } from '../../sandbox/fresha/business.ts';
import { FreshaControl } from '../../sandbox/fresha/fresha-control.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type {
  BookingScenario,
  Changes,
  DemoPeople,
  DemoScenario,
  PeopleScenario,
  TrueRecord,
} from '../demo-scenario.ts';
import { unusedPhone, waysToWrite } from './hubspot-people.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Fresha's part of the demo, against a stand-in for a contract that nobody has confirmed. */
export class FreshaScenario implements DemoScenario {
  readonly resources = ['clients', 'appointments'] as const;
  readonly config = {
    defaultCountry: 'GB',
    timeZone: 'Europe/London',
    booking: { defaultDurationMinutes: 45 },
  };
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await all(this.#fresha.clients())),
    create: async () => {
      const person = { phone: unusedPhone(220), email: 'just.walked.in@new.example' };
      const { id } = await this.#fresha.createClient({ first_name: 'Just', last_name: 'Walkedin', ...person });
      return { id, ...person };
    },
    count: async ({ phone, email }) =>
      (await all(this.#fresha.clients())).filter(
        (row) => (phone === undefined || numberOf(row) === phone) && (email === undefined || row.email === email),
      ).length,
  };
  readonly booking: BookingScenario = {
    request: async () => ({
      staffId: STAFF[1],
      customer: { firstName: 'Theodora', lastName: 'Okonkwo-Lund', phone: unusedPhone(310) },
    }),
    take: async ({ start, staffId }) => {
      const { id } = await this.#fresha.createClient({ first_name: 'Otto', phone: unusedPhone(311) });
      await this.#fresha.book({ client: id, staff: staffId ?? STAFF[1], start });
    },
    count: async ({ start, customer }) => {
      const clients = await all(this.#fresha.clients());
      const ids = new Set(clients.filter((row) => numberOf(row) === customer.phone).map(({ id }) => id));
      return (await all(this.#fresha.appointments())).filter(
        (row) => row.status === 'booked' && ids.has(row.client_id) && Date.parse(row.start_time) === Date.parse(start),
      ).length;
    },
  };
  readonly #fresha: FreshaControl;

  constructor(sandbox: SandboxClient) {
    this.#fresha = new FreshaControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    if (resource === 'clients') for await (const row of this.#fresha.clients()) yield trueClient(row);
    else if (resource === 'appointments')
      for await (const row of this.#fresha.appointments()) yield trueAppointment(row);
    else throw new DemoError(`Fresha has no ${resource}`);
  }

  comparable({ resource, id, data }: MirrorRecord): ComparableRecord {
    if (resource === 'clients') {
      const { firstName, lastName, emails, phones, updatedAt } = contactSchema.parse(data);
      return {
        id,
        fields: { firstName, lastName, email: emails[0] ?? null, phone: phones[0]?.e164 ?? null, updatedAt },
      };
    }
    const { start, end, status, customers, staff, services, notes, updatedAt } = appointmentSchema.parse(data);
    const ids = { customer: customers[0]?.id ?? null, staff: staff[0]?.id ?? null, service: services[0]?.id ?? null };
    const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
    return { id, fields: { ...times, ...ids, status, notes, updatedAt } };
  }

  async changeMuch(): Promise<Changes> {
    const clients = await all(this.#fresha.clients());
    const coming = await this.#coming();
    for (const { id } of clients.slice(5, 25)) await this.#fresha.changeClient(id, { last_name: 'Renamed' });
    await this.#fresha.createClient({ first_name: 'Solo', phone: '0 7400 900 777' });
    const gone = clients.find(({ id }) => coming.every(({ client_id }) => client_id !== id) && id !== clients[2]?.id);
    if (gone) await this.#fresha.removeClient(gone.id);
    const [cancelled, removed, moved] = coming;
    if (!cancelled || !removed || !moved) throw new DemoError('the business has no appointments to come');
    await this.#fresha.cancel(cancelled.id);
    await this.#fresha.remove(removed.id);
    await this.#fresha.move(moved.id, new Date(Date.parse(moved.start_time) + 35 * DAY_MS).toISOString());
    return {
      done: ['20 clients renamed, 1 created, 1 removed', '1 appointment cancelled, 1 deleted, 1 moved by five weeks'],
      unseen: gone ? [{ resource: 'clients', id: gone.id, why: 'no feed of removed clients is known' }] : [],
    };
  }

  async changeLittle(): Promise<Changes> {
    const [client] = await all(this.#fresha.clients());
    const [appointment] = await this.#coming();
    if (!client || !appointment) throw new DemoError('the business is empty');
    await this.#fresha.changeClient(client.id, { email: 'changed@mailbox.example' });
    await this.#fresha.cancel(appointment.id);
    return { done: ['1 client changed, 1 appointment cancelled'], unseen: [] };
  }

  async #coming(): Promise<AppointmentRow[]> {
    const rows = await all(this.#fresha.appointments());
    return rows.filter(
      ({ start_time, status }) => status === 'booked' && Date.parse(start_time) > Date.now() + 3 * DAY_MS,
    );
  }
}

function numberOf({ phone }: ClientRow): string | null {
  return parsePhone(phone ?? '', 'GB').e164;
}

function trueClient(row: ClientRow): TrueRecord {
  const { id, first_name, last_name, email, updated_at } = row;
  const fields = { firstName: first_name, lastName: last_name, email, phone: numberOf(row), updatedAt: updated_at };
  return { id, updatedAt: updated_at, fields };
}

function trueAppointment(row: AppointmentRow): TrueRecord {
  const { id, start_time: start, end_time: end, client_id, staff_id, service_id, notes, updated_at } = row;
  const status = row.status === 'booked' ? 'confirmed' : row.status;
  const ids = { customer: client_id, staff: staff_id, service: service_id };
  return { id, updatedAt: updated_at, fields: { start, end, ...ids, status, notes, updatedAt: updated_at } };
}

/** Somebody with a British mobile number of their own, and a number that several share. */
function choosePeople(clients: readonly ClientRow[]): DemoPeople {
  const byPhone = Map.groupBy(clients, (row) => numberOf(row) ?? '');
  const caller = clients.find((row) => row.email !== null && byPhone.get(numberOf(row) ?? '')?.length === 1);
  const shared = [...byPhone].find(([number, people]) => number !== '' && people.length > 1);
  if (!caller?.email || !shared) throw new DemoError('the business has nobody who fits the look-ups');
  return {
    caller: { id: caller.id, phones: waysToWrite(numberOf(caller) ?? ''), email: caller.email },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const record of records) gathered.push(record);
  return gathered;
}
