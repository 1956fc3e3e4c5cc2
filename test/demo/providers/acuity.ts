import { setTimeout as sleep } from 'node:timers/promises';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { type AcuityClientTruth, AcuityControl } from '../../sandbox/acuity/acuity-control.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type {
  BookingScenario,
  Changes,
  DemoPeople,
  DemoScenario,
  PeopleScenario,
  Person,
  TrueRecord,
} from '../demo-scenario.ts';
import { type AccountState, changeLittle, changeMuch } from './acuity-changes.ts';
import {
  mirroredAppointmentFields,
  mirroredClientFields,
  mirroredServiceFields,
  mirroredStaffFields,
  numberOf,
  startOf,
  trueAppointmentFields,
  trueClientFields,
  trueClientId,
  trueServiceFields,
  trueStaffFields,
} from './acuity-fields.ts';
import { unusedPhone, waysToWrite } from './hubspot-people.ts';

/** A little more than the second by which Acuity counts calls: between two turns of a caller lies more than that. */
const TURN_MS = 1_100;
const HAIRCUT = '70010001';
const MARA = '14200001';

const MIRRORED: Readonly<Partial<Record<Resource, (record: MirrorRecord) => ComparableRecord['fields']>>> = {
  clients: mirroredClientFields,
  appointments: mirroredAppointmentFields,
  services: mirroredServiceFields,
  staff: mirroredStaffFields,
};

/** Acuity Scheduling's part of the demo. */
export class AcuityScenario implements DemoScenario {
  readonly resources = ['clients', 'services', 'staff', 'appointments'] as const;
  readonly config = { defaultCountry: 'GB', timeZone: 'Europe/London' } as const;
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await all(this.#acuity.clients())),
    create: () => this.#createPerson(),
    count: (query) => this.#countPeople(query),
  };
  readonly booking: BookingScenario = {
    request: async () => ({
      serviceId: HAIRCUT,
      staffId: MARA,
      customer: {
        firstName: 'Theodora',
        lastName: 'Okonkwo-Lund',
        phone: unusedPhone(310),
        email: 'theodora@new.example',
      },
    }),
    take: async ({ start, staffId }) => {
      const client = { firstName: 'Otto', lastName: 'Quick', phone: '07500 900311' };
      const at = new Date(start).toISOString();
      await this.#acuity.book({ client, typeId: HAIRCUT, calendarId: staffId ?? MARA, start: at });
      await sleep(TURN_MS);
    },
    count: async ({ start, customer }) => {
      await sleep(TURN_MS);
      const appointments = await all(this.#acuity.appointments());
      return appointments.filter(
        (row) => !row.canceled && startOf(row) === Date.parse(start) && row.email === customer.email,
      ).length;
    },
  };
  readonly #acuity: AcuityControl;

  constructor(sandbox: SandboxClient) {
    this.#acuity = new AcuityControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    switch (resource) {
      case 'clients': {
        // Whoever differs in nothing is one client.
        const clients = (await all(this.#acuity.clients())).map((row) => [trueClientId(row), row] as const);
        for (const [id, row] of new Map(clients)) yield { id, updatedAt: null, fields: trueClientFields(row) };
        return;
      }
      case 'appointments':
        for await (const row of this.#acuity.appointments()) yield trueRecord(row.id, trueAppointmentFields(row));
        return;
      case 'services':
        for await (const row of this.#acuity.services()) yield trueRecord(row.id, trueServiceFields(row));
        return;
      case 'staff':
        for await (const row of this.#acuity.staff()) yield trueRecord(row.id, trueStaffFields(row));
        return;
      default:
        throw new DemoError(`Acuity has no ${resource}`);
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    const fieldsOf = MIRRORED[record.resource];
    if (!fieldsOf) throw new DemoError(`Acuity has no ${record.resource}`);
    return { id: record.id, fields: fieldsOf(record) };
  }

  async changeMuch(): Promise<Changes> {
    return changeMuch(this.#acuity, await this.#account());
  }

  async changeLittle(): Promise<Changes> {
    return changeLittle(this.#acuity, await this.#account());
  }

  async #createPerson(): Promise<Person> {
    const phone = unusedPhone(200);
    const client = {
      firstName: 'Just',
      lastName: 'Walkedin',
      phone: `0${phone.slice('+44'.length)}`,
      email: 'just.walked.in@new.example',
    };
    await this.#acuity.createClient(client);
    return { id: trueClientId(client), phone, email: client.email };
  }

  async #countPeople({ phone, email }: { phone?: string; email?: string }): Promise<number> {
    const clients = await all(this.#acuity.clients());
    return clients.filter(
      (client) =>
        (phone === undefined || numberOf(client.phone) === phone) && (email === undefined || client.email === email),
    ).length;
  }

  async #account(): Promise<AccountState> {
    const [clients, appointments, services] = await Promise.all([
      all(this.#acuity.clients()),
      all(this.#acuity.appointments()),
      all(this.#acuity.services()),
    ]);
    return { clients, appointments, services };
  }
}

function trueRecord(id: number, fields: TrueRecord['fields']): TrueRecord {
  return { id: String(id), updatedAt: null, fields };
}

/** Somebody with a British mobile number of their own, and a number that several share. */
function choosePeople(clients: readonly AcuityClientTruth[]): DemoPeople {
  const byPhone = Map.groupBy(clients, ({ phone }) => numberOf(phone) ?? '');
  const unused = unusedPhone(0).slice(0, -3);
  const caller = clients.findLast(({ phone, email }) => {
    const number = numberOf(phone) ?? '';
    const seeded = /^\+447\d{9}$/.test(number) && !number.startsWith(unused);
    return seeded && byPhone.get(number)?.length === 1 && email !== '';
  });
  const shared = [...byPhone].find(([number, people]) => number !== '' && people.length > 1);
  if (!caller || !shared) throw new DemoError('the account has nobody who fits the look-ups');
  return {
    caller: { id: trueClientId(caller), phones: waysToWrite(numberOf(caller.phone) ?? ''), email: caller.email },
    shared: { phone: shared[0], ids: shared[1].map(trueClientId) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const record of records) gathered.push(record);
  return gathered;
}
