import { windowAround } from '../../../lambdas/connectors/kit/windows.ts';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { GoogleCalendarControl, type TrueEvent } from '../../sandbox/google-calendar/google-calendar-control.ts';
import { CHAIRS, FRONT_DESK, ZONE } from '../../sandbox/google-calendar/seed.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type { BookingScenario, Changes, DemoScenario, TrueRecord } from '../demo-scenario.ts';
import { changeLittle, changeMuch } from './google-calendar-changes.ts';
import {
  mirroredCalendarFields,
  mirroredEventFields,
  recordIdOf,
  trueCalendarFields,
  trueEventFields,
} from './google-calendar-fields.ts';

/** What of the past and of the future the hub keeps of a calendar, in days. */
const KEPT = { back: 90, ahead: 366 };
const BOOKED = [FRONT_DESK, ...CHAIRS];
const OPEN = [{ from: '09:00', to: '18:00' }];

/** Google Calendar's part of the demo: a salon with a front desk and three chairs. */
export class GoogleCalendarScenario implements DemoScenario {
  readonly resources = ['staff', 'appointments'] as const;
  readonly config: DemoScenario['config'] = {
    defaultCountry: 'GB',
    timeZone: ZONE,
    booking: {
      calendars: CHAIRS.map((staffId, index) => ({ staffId, name: `Chair ${index + 1}` })).concat({
        staffId: FRONT_DESK,
        name: 'Front desk',
      }),
      openingHours: { monday: OPEN, tuesday: OPEN, wednesday: OPEN, thursday: OPEN, friday: OPEN, saturday: OPEN },
      services: [
        { id: 'cut', name: 'Haircut', durationMinutes: 45, bufferAfterMinutes: 15 },
        { id: 'colour', name: 'Colour', durationMinutes: 90, staffIds: [...CHAIRS] },
      ],
    },
  };
  readonly booking: BookingScenario = {
    request: async () => ({
      serviceId: 'cut',
      customer: { firstName: 'Philippa', lastName: 'Oyelaran-Quist', phone: '+447500900410' },
    }),
    take: async ({ start, end, staffId }) => {
      const at = (dateTime: string) => ({ dateTime, timeZone: ZONE });
      await this.#google.insert(staffId ?? FRONT_DESK, { summary: 'Somebody else', start: at(start), end: at(end) });
    },
    count: async ({ start, customer }) => {
      const name = `${customer.firstName} ${customer.lastName}`;
      const events = await this.#events();
      return events.filter(({ startMs, event }) => startMs === Date.parse(start) && event.summary?.includes(name))
        .length;
    },
  };
  readonly #google: GoogleCalendarControl;

  constructor(sandbox: SandboxClient) {
    this.#google = new GoogleCalendarControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    if (resource === 'staff') {
      for await (const calendar of this.#google.calendars()) {
        yield { id: calendar.id, updatedAt: null, fields: trueCalendarFields(calendar) };
      }
      return;
    }
    if (resource !== 'appointments') throw new DemoError(`Google Calendar has no ${resource}`);
    for (const row of await this.#events()) {
      const { calendarId, event } = row;
      yield { id: recordIdOf(calendarId, event.id), updatedAt: event.updated ?? null, fields: trueEventFields(row) };
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    const fields = record.resource === 'staff' ? mirroredCalendarFields(record) : mirroredEventFields(record);
    return { id: record.id, fields };
  }

  async changeMuch(): Promise<Changes> {
    return changeMuch(this.#google, await this.#events());
  }

  async changeLittle(): Promise<Changes> {
    return changeLittle(this.#google, await this.#events());
  }

  /** Of the calendars that are booked, what lies within the time that the hub keeps. */
  async #events(): Promise<TrueEvent[]> {
    const { from, to } = windowAround(Date.now(), KEPT.back, KEPT.ahead);
    const events: TrueEvent[] = [];
    for await (const row of this.#google.events()) {
      const within = row.endMs > Date.parse(from) && row.startMs < Date.parse(to);
      if (within && BOOKED.includes(row.calendarId)) events.push(row);
    }
    return events;
  }
}
