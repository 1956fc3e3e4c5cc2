import { setTimeout as delay } from 'node:timers/promises';
import type { Hono } from 'hono';
import { addAppointment, requireWindow, updateAppointment } from './booking.ts';
import { MindbodyFailure, missingFields } from './errors.ts';
import type { Guard, MindbodyEnv } from './guard.ts';
import { bodyOf, type Parameters, pageOf, parametersOf } from './request.ts';
import { addMinutes, daysOf, LOCATIONS, renderSessionType, renderStaff, type Site } from './site.ts';

/** Quarter hours from seven to nine in the evening. */
const SESSION_TIMES = Array.from({ length: 56 }, (_, index) => addMinutes('2000-01-01T07:00:00', index * 15).slice(11));

export function addAppointmentRoutes(app: Hono<MindbodyEnv>, guard: Guard): void {
  /** Bookings that are being carried out, by all that makes one the same as another. */
  const inFlight = new Set<string>();

  app.get('/appointment/staffappointments', guard.require('staff'), (c) => {
    const site = c.get('site');
    const parameters = parametersOf(c);
    const [first, last] = daysAsked(site, parameters, 'startDate', 'endDate');
    requireWindow(site, first, last);
    const [ids, staffIds] = [parameters.list('appointmentIds'), parameters.list('staffIds')];
    const locationIds = parameters.list('locationIds');
    const clientId = parameters.text('clientId');
    const rows = [...site.appointments.values()]
      .filter(
        (one) =>
          one.start.slice(0, 10) >= first &&
          one.start.slice(0, 10) <= last &&
          (site.settings.listsCancelled || !/Cancelled$/.test(one.status)) &&
          (ids.length === 0 || ids.includes(String(one.id))) &&
          (staffIds.length === 0 || staffIds.includes(String(one.staffId))) &&
          (locationIds.length === 0 || locationIds.includes(String(one.locationId))) &&
          (clientId === null || site.clients.get(one.clientUniqueId)?.id === clientId),
      )
      .sort((a, b) => (a.start === b.start ? a.id - b.id : a.start < b.start ? -1 : 1));
    return pageOf(
      c,
      'Appointments',
      rows.map((one) => site.renderAppointment(one)),
    );
  });

  app.get('/appointment/bookableitems', guard.require('staff'), (c) => {
    const site = c.get('site');
    return pageOf(c, 'Availabilities', bookableItems(site, parametersOf(c)));
  });

  app.get('/appointment/activesessiontimes', guard.require('staff'), (c) => {
    const parameters = parametersOf(c);
    if (parameters.list('sessionTypeIds').length === 0 && parameters.text('scheduleType') === null) {
      throw missingFields('SessionTypeIds');
    }
    const times = c.get('settings').namesSessionTimes ? SESSION_TIMES : [];
    const [limit, offset] = ['limit', 'offset'].map((name) => Number(parameters.text(name) ?? Number.NaN));
    const from = Number.isNaN(offset) ? 0 : Number(offset);
    const size = Number.isNaN(limit) ? 100 : Math.min(200, Number(limit));
    const page = times.slice(from, from + size);
    return c.json({
      PaginationResponse: {
        RequestedLimit: size,
        RequestedOffset: from,
        PageSize: page.length,
        TotalResults: times.length,
      },
      ActiveSessionTimes: page,
    });
  });

  app.post('/appointment/addappointment', guard.require('booking'), async (c) => {
    const site = c.get('site');
    const body = await bodyOf(c);
    const key = JSON.stringify([site.facts.id, c.req.header('authorization'), body]);
    if (inFlight.has(key) && c.req.header('x-requestdeduplication-skip') !== 'true') {
      throw new MindbodyFailure(409, 'DuplicateRequest', 'The same request is being carried out.');
    }
    inFlight.add(key);
    try {
      if (site.settings.bookingMs > 0) await delay(site.settings.bookingMs);
      return c.json({ Appointment: site.renderAppointment(addAppointment(site, body)) });
    } finally {
      inFlight.delete(key);
    }
  });

  app.post('/appointment/updateappointment', guard.require('booking'), async (c) => {
    const site = c.get('site');
    return c.json({ Appointment: site.renderAppointment(updateAppointment(site, await bodyOf(c))) });
  });
}

/** Today where no start is given, and the start where no end is. */
export function daysAsked(site: Site, parameters: Parameters, from: string, to: string): [string, string] {
  const first = parameters.day(from) ?? site.today();
  return [first, parameters.day(to) ?? first];
}

/** Stretches in which somebody who does it is free, for each service that is asked for. */
function bookableItems(site: Site, parameters: Parameters): object[] {
  const types = parameters.list('sessionTypeIds').map(Number);
  if (types.length === 0) throw missingFields('SessionTypeIds');
  const [first, last] = daysAsked(site, parameters, 'startDate', 'endDate');
  requireWindow(site, first, last);
  const except = parameters.text('appointmentId') === null ? null : Number(parameters.text('appointmentId'));
  const [staffIds, locationIds] = [parameters.list('staffIds'), parameters.list('locationIds')];
  const items: object[] = [];
  for (const id of types) {
    const type = site.sessionTypes.get(id);
    if (!type) throw new MindbodyFailure(404, 'SessionTypeNotFound', 'There is no such service.');
    for (const staff of site.staff.values()) {
      const asked =
        staff.takesAppointments &&
        staff.performs.includes(id) &&
        (staffIds.length === 0 || staffIds.includes(String(staff.id))) &&
        (locationIds.length === 0 || locationIds.includes(String(staff.locationId)));
      if (!asked) continue;
      for (const day of daysOf(first, last)) {
        for (const { from, to } of site.free(staff.id, day, except)) {
          const start = from < site.now() ? site.now() : from;
          const latest = addMinutes(to, -type.minutes);
          if (latest < start) continue;
          items.push({
            Id: items.length + 1,
            StartDateTime: start,
            EndDateTime: to,
            BookableEndDateTime: latest,
            PrepTime: 0,
            FinishTime: 0,
            Staff: renderStaff(staff),
            SessionType: renderSessionType(type),
            Programs: [],
            Location: { Id: staff.locationId, Name: LOCATIONS.find((one) => one.id === staff.locationId)?.name },
          });
        }
      }
    }
  }
  return items;
}
