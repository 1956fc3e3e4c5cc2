import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { OutlookControl } from '../../sandbox/outlook-calendar/outlook-control.ts';
import { CALENDARS } from '../../sandbox/outlook-calendar/seed.ts';
import type { EventTruth } from '../../sandbox/outlook-calendar/truth.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type { BookingScenario, Changes, DemoCustomer, DemoScenario, TrueRecord } from '../demo-scenario.ts';
import { unusedPhone } from './hubspot-people.ts';
import { changeLittle, changeMuch, type MailboxState } from './outlook-calendar-changes.ts';
import { mirroredFields, trueAppointmentFields, trueCalendarFields } from './outlook-calendar-fields.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The hub mirrors the days from 30 before today to 180 after it. */
const MIRRORED_DAYS = { back: 30, ahead: 180 };
const OPEN = [{ from: '09:00', to: '17:30' }];
/** Nobody in the mailbox has this number. */
const NEW_CUSTOMER: DemoCustomer = { firstName: 'Perpetua', lastName: 'Lindqvist', phone: unusedPhone(400) };

/** Outlook Calendar's part of the demo. */
export class OutlookCalendarScenario implements DemoScenario {
  readonly resources = ['staff', 'appointments'] as const;
  readonly config = {
    defaultCountry: 'GB',
    timeZone: 'Europe/London',
    booking: {
      openingHours: { monday: OPEN, tuesday: OPEN, wednesday: OPEN, thursday: OPEN, friday: OPEN, saturday: OPEN },
      calendars: [{ staffId: CALENDARS.main, name: 'Amelia' }, { staffId: CALENDARS.chair }],
      services: [{ id: 'cut', name: 'Cut and blow-dry', durationMinutes: 45, bufferAfterMinutes: 15 }],
    },
  };
  readonly booking: BookingScenario = {
    request: async () => ({ serviceId: 'cut', customer: NEW_CUSTOMER }),
    take: async ({ start, end, staffId }) => {
      if (staffId === null) throw new DemoError('Outlook offers times in a calendar');
      await this.#outlook.create({ calendarId: staffId, start, end, fields: { subject: 'Somebody was faster' } });
    },
    count: ({ start, customer }) => this.#countBookings(start, customer),
  };
  readonly #outlook: OutlookControl;
  readonly #taken = new Set<string>();

  constructor(sandbox: SandboxClient) {
    this.#outlook = new OutlookControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    switch (resource) {
      case 'staff':
        for await (const calendar of this.#outlook.calendars()) {
          yield { id: calendar.id, updatedAt: null, fields: trueCalendarFields(calendar) };
        }
        return;
      case 'appointments':
        for (const event of await this.#outlook.events()) {
          if (!isMirrored(event)) continue;
          yield { id: event.id, updatedAt: event.updatedAt, fields: trueAppointmentFields(event) };
        }
        return;
      default:
        throw new DemoError(`Outlook has no ${resource}`);
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    return { id: record.id, fields: mirroredFields(record) };
  }

  async changeMuch(): Promise<Changes> {
    return changeMuch(this.#outlook, await this.#mailbox());
  }

  async changeLittle(): Promise<Changes> {
    return changeLittle(this.#outlook, await this.#mailbox());
  }

  async #mailbox(): Promise<MailboxState> {
    const all = await this.#outlook.events();
    return { all, mirrored: all.filter(isMirrored), taken: this.#taken };
  }

  async #countBookings(start: string, { phone = '' }: DemoCustomer): Promise<number> {
    const events = await this.#outlook.events();
    return events.filter(
      (event) => Date.parse(event.start) === Date.parse(start) && event.body.includes(phone) && !event.isCancelled,
    ).length;
  }
}

function isMirrored({ calendarId, start, end }: EventTruth): boolean {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const from = today - MIRRORED_DAYS.back * DAY_MS;
  const to = today + (MIRRORED_DAYS.ahead + 1) * DAY_MS;
  const isNamed = calendarId === CALENDARS.main || calendarId === CALENDARS.chair;
  return isNamed && Date.parse(start) < to && Date.parse(end) > from;
}
