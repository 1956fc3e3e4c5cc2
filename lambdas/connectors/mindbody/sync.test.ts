import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { appointmentRow, classRow, clientRow, refusal } from './fixtures/rows.ts';
import { accountIn, type SiteScript, scriptedSite } from './fixtures/scripted-site.ts';
import { findMoved, syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';

/** Follows `next` to the end, each time as JSON. */
async function pull(
  session: ConnectorSession,
  request: Pick<PullRequest, 'resource'> & Partial<PullRequest>,
): Promise<PullPage[]> {
  const pages: PullPage[] = [];
  let cursor: Json | null = null;
  do {
    const page = await syncData(session, {
      mode: 'full',
      since: null,
      until: UNTIL,
      feedState: null,
      ...request,
      cursor: JSON.parse(JSON.stringify(cursor)),
    });
    pages.push(page);
    cursor = page.next;
  } while (cursor !== null && pages.length < 100);
  expect(cursor).toBeNull();
  return pages;
}

const idsOf = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));

/** Clients whose list changes between two pages. */
function changingClients(initial: readonly number[], change: (ids: number[], page: number) => void) {
  const ids = [...initial];
  let page = 0;
  return scriptedSite((request) => {
    if (page > 0) change(ids, page);
    page += 1;
    return request.list(
      'Clients',
      ids.map((id) => clientRow(id)),
    );
  });
}

const count = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

describe('clients', () => {
  test('are asked for with the inactive ones, who count as gone', async () => {
    const { session, http } = scriptedSite((request) =>
      request.list('Clients', [clientRow(1), clientRow(2, { Active: false }), clientRow(3, { Active: null })]),
    );
    const [page] = await pull(session, { resource: 'clients' });
    expect(page?.records.map(({ id }) => id)).toEqual(['1', '3']);
    expect(page?.deletedIds).toEqual(['2']);
    expect(http.requests[0]?.query).toMatchObject({ 'request.includeInactive': true, 'request.limit': 200 });
    expect(http.requests[0]?.headers).toMatchObject({ SiteId: '12345' });
  });

  test('that changed are asked for by the earlier of the two readings of the time', async () => {
    const since = '2026-11-20T09:00:00.000Z';
    const asked: Record<string, unknown> = {};
    for (const zone of ['America/Los_Angeles', 'Australia/Sydney']) {
      const { session, http } = scriptedSite((request) => request.list('Clients', []), { account: accountIn(zone) });
      await pull(session, { resource: 'clients', mode: 'incremental', since });
      asked[zone] = http.requests[0]?.query?.['request.lastModifiedDate'];
    }
    expect(asked).toEqual({
      'America/Los_Angeles': '2026-11-20T01:00:00',
      'Australia/Sydney': '2026-11-20T09:00:00',
    });
  });

  test('that share a timestamp fill any number of pages', async () => {
    const { session, http } = scriptedSite((request) =>
      request.list(
        'Clients',
        count(1_000).map((id) => clientRow(id)),
      ),
    );
    const pages = await pull(session, { resource: 'clients', mode: 'incremental', since: '2026-11-20T09:00:00.000Z' });
    expect(idsOf(pages)).toEqual(count(1_000).map(String));
    expect(http.requests).toHaveLength(6);
  });

  test('do not slip through when others leave the list between two pages', async () => {
    const { session } = changingClients(count(500), (ids, page) => {
      if (page === 1) ids.splice(3, 4);
    });
    expect(new Set(idsOf(await pull(session, { resource: 'clients' })))).toEqual(new Set(count(500).map(String)));
  });

  test('are listed again from the start when the list moves too far', async () => {
    const { session } = changingClients(count(500), (ids, page) => {
      if (page === 1) ids.splice(0, 60);
    });
    expect(new Set(idsOf(await pull(session, { resource: 'clients' })))).toEqual(new Set(count(500).map(String)));
  });

  test('whose list never holds still are an outage, not an end', async () => {
    const { session } = changingClients(count(500), (ids) => {
      ids.push(...ids.splice(0, 250).map((id) => id + 1_000));
    });
    await expect(pull(session, { resource: 'clients' })).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('are not at their end when an empty page claims that there are more', async () => {
    const { session } = scriptedSite(() => ({ body: { PaginationResponse: { TotalResults: 7 }, Clients: [] } }));
    await expect(pull(session, { resource: 'clients' })).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('may come without a total: a short page is the last', async () => {
    const { session } = scriptedSite((request) => {
      const { body } = request.list(
        'Clients',
        count(250)
          .map(Number)
          .map((id) => clientRow(id)),
      );
      return { body: { ...Object(body), PaginationResponse: null } };
    });
    expect(idsOf(await pull(session, { resource: 'clients' }))).toEqual(count(250).map(String));
  });

  test('are all seen, whoever comes and goes meanwhile', async () => {
    const edit = fc.record({ page: fc.nat(4), at: fc.nat(450), gone: fc.nat(6), come: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 450 }), fc.array(edit, { maxLength: 4 }), async (size, edits) => {
        let newest = 10_000;
        const removed = new Set<number>();
        const { session } = changingClients(count(size), (ids, page) => {
          for (const { at, gone, come } of edits.filter((one) => one.page === page)) {
            const added = count(come).map(() => newest++);
            for (const id of ids.splice(Math.min(at, ids.length), gone, ...added)) removed.add(id);
          }
        });
        const seen = new Set(idsOf(await pull(session, { resource: 'clients' })));
        for (const id of count(size)) expect(seen.has(String(id)) || removed.has(id)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe('services and staff', () => {
  test('are those that appointments are made of', async () => {
    const { session } = scriptedSite((request) =>
      request.list('SessionTypes', [
        { Id: 31, Name: 'Massage 60', Type: 'Appointment', DefaultTimeLength: 60 },
        { Id: '32', Name: 'Yoga', Type: 'Class', DefaultTimeLength: 60 },
        { Id: '33', Name: 'Consultation', DefaultTimeLength: 0 },
      ]),
    );
    const [page] = await pull(session, { resource: 'services' });
    expect(page?.records.map(({ id, data }) => [id, 'durationMinutes' in data && data.durationMinutes])).toEqual([
      ['31', 60],
      ['33', null],
    ]);
    expect(page?.rejected).toEqual([]);
  });

  test('are asked for by who takes appointments', async () => {
    const { session, http } = scriptedSite((request) =>
      request.list('StaffMembers', [{ Id: 100000012, FirstName: 'Kim', LastName: null, Email: 'KIM@salon.example' }]),
    );
    const [page] = await pull(session, { resource: 'staff' });
    expect(page?.records[0]?.data).toMatchObject({ id: '100000012', name: 'Kim', email: 'kim@salon.example' });
    expect(http.requests[0]?.query).toMatchObject({ 'request.filters[0]': 'AppointmentInstructor' });
  });
});

/** Appointments on a calendar, by day; clients by their numbers. */
function schedule(rows: readonly ReturnType<typeof appointmentRow>[], maxDays = 400): SiteScript {
  return (request) => {
    if (request.path === '/client/clients') {
      const asked = count(20).map((index) => request.parameter(`clientIDs[${index - 1}]`));
      return request.list(
        'Clients',
        [clientRow(41), clientRow(42)].filter(({ Id }) => asked.includes(String(Id))),
      );
    }
    const [from, to] = ['start', 'end'].map(
      (edge) => request.parameter(`${edge}Date`) ?? request.parameter(`${edge}DateTime`) ?? '',
    );
    const days = (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 86_400_000;
    if (days > maxDays) return refusal(400, 'InvalidParameter');
    const shown = rows.filter(({ StartDateTime }) => `${StartDateTime}` >= `${from}` && `${StartDateTime}` <= `${to}`);
    return request.list(request.path === '/class/classes' ? 'Classes' : 'Appointments', shown);
  };
}

describe('appointments', () => {
  test('are listed from 90 days back to a year ahead, and the last page says so', async () => {
    const rows = [
      appointmentRow(1, '2026-08-25T00:00:00'),
      appointmentRow(2, '2026-11-23T22:30:00'),
      appointmentRow(3, '2027-11-23T22:45:00'),
    ];
    const { session } = scriptedSite(schedule(rows));
    const pages = await pull(session, { resource: 'appointments' });
    expect(idsOf(pages)).toEqual(['1', '2', '3']);
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-08-24T23:00:00.000Z', to: '2027-11-24T00:00:00.000Z' });
    expect(pages.slice(0, -1).some(({ covers }) => covers)).toBe(false);
  });

  test('are listed anew for the weeks around now when only changes are wanted', async () => {
    const { session, http } = scriptedSite(schedule([]));
    const pages = await pull(session, { resource: 'appointments', mode: 'incremental', since: UNTIL });
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-11-21T00:00:00.000Z', to: '2027-01-24T00:00:00.000Z' });
    expect(http.requests).toHaveLength(3);
    expect(http.requests[0]?.query).toMatchObject({
      'request.startDate': '2026-11-21T00:00:00',
      'request.endDate': '2026-12-21T23:59:59',
    });
  });

  test.each([400, 31, 14, 1])('are all found when the longest window is %d days', async (maxDays) => {
    const rows = count(40).map((day) =>
      appointmentRow(day, `2026-${day > 20 ? '12' : '11'}-${String(((day - 1) % 20) + 5).padStart(2, '0')}T10:00:00`),
    );
    const { session } = scriptedSite(schedule(rows, maxDays));
    const pages = await pull(session, { resource: 'appointments', mode: 'incremental', since: UNTIL });
    // From the 21st of November: four of its days, and all twenty of December.
    expect(idsOf(pages)).toHaveLength(24);
    expect(new Set(idsOf(pages)).size).toBe(24);
  });

  test('that are refused for another reason are not halved for ever', async () => {
    const { session, http } = scriptedSite(() => refusal(400, 'InvalidParameter'));
    await expect(pull(session, { resource: 'appointments' })).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(http.requests.length).toBeLessThan(10);
  });

  test.each([
    [500, 1],
    [31, 16],
  ])('that are missing cost one call, or as many as windows of %d days need', async (maxDays, calls) => {
    const rows = [appointmentRow(1, '2027-04-01T10:00:00'), appointmentRow(2, '2027-04-02T10:00:00')];
    const { session, http } = scriptedSite(schedule(rows, maxDays));
    const { records } = await findMoved({ ...session, now: () => Date.parse(UNTIL) }, 'appointments', ['1', '3']);
    expect(records.map(({ id }) => id)).toEqual(['1']);
    const asked = http.requests.filter(({ url }) => String(url).includes('/staffappointments'));
    expect(asked).toHaveLength(calls);
    expect(asked[0]?.query).toMatchObject({
      'request.startDate': '2026-08-25T00:00:00',
      'request.endDate': '2027-11-23T23:59:59',
      'request.appointmentIds[0]': '1',
      'request.appointmentIds[1]': '3',
    });
  });

  test('name their clients by the id that stays', async () => {
    const rows = [
      appointmentRow(1, '2026-11-24T10:00:00', { ClientId: '10041' }),
      appointmentRow(2, '2026-11-24T11:00:00', { ClientId: '10042' }),
      appointmentRow(3, '2026-11-25T11:00:00', { ClientId: 'merged-away' }),
    ];
    const { session } = scriptedSite(schedule(rows));
    const records = (await pull(session, { resource: 'appointments' })).flatMap((page) => page.records);
    const customers = records.map(({ data }) => ('customers' in data ? data.customers[0] : null));
    expect(customers.map((customer) => customer?.id)).toEqual(['41', '42', null]);
    expect(customers[0]).toMatchObject({ name: 'Ada Nightingale', phone: '+447911123456' });
  });

  test('do not ask again for clients that the same run has read', async () => {
    const { session, http } = scriptedSite((request) =>
      request.path === '/client/clients'
        ? request.list('Clients', [clientRow(41)])
        : schedule([appointmentRow(1, '2026-11-24T10:00:00')])(request),
    );
    await pull(session, { resource: 'clients' });
    http.requests.length = 0;
    await pull(session, { resource: 'appointments' });
    expect(http.requests.filter(({ url }) => String(url).includes('/client/'))).toEqual([]);
  });

  test('are listed by whole days of the site, also where clocks change', async () => {
    const offsets: Record<string, string> = {};
    for (const zone of ['Europe/London', 'America/New_York', 'Australia/Lord_Howe']) {
      const { session } = scriptedSite(schedule([]), { account: accountIn(zone) });
      for (const until of ['2026-03-20T12:00:00.000Z', '2026-09-20T12:00:00.000Z']) {
        const pages = await pull(session, { resource: 'appointments', mode: 'incremental', since: until, until });
        const { from = '', to = '' } = pages.at(-1)?.covers ?? {};
        offsets[`${zone} ${until.slice(5, 7)}`] = `${from.slice(11, 16)} ${to.slice(11, 16)}`;
      }
    }
    expect(offsets).toEqual({
      'Europe/London 03': '00:00 23:00',
      'Europe/London 09': '23:00 00:00',
      'America/New_York 03': '04:00 04:00',
      'America/New_York 09': '04:00 05:00',
      'Australia/Lord_Howe 03': '13:00 13:30',
      'Australia/Lord_Howe 09': '13:30 13:00',
    });
  });
});

describe('classes', () => {
  test('are appointments with places, listed with the cancelled ones', async () => {
    const rows = [
      classRow(1, '2026-11-24T07:00:00'),
      classRow(2, '2026-11-25T07:00:00', { IsCanceled: true, MaxCapacity: null }),
    ];
    const { session, http } = scriptedSite(schedule(rows));
    const pages = await pull(session, { resource: 'classes' });
    expect(pages.flatMap(({ records }) => records.map(({ data }) => data))).toMatchObject([
      { title: 'Morning Flow', capacity: { total: 12, taken: 7 }, status: 'confirmed', busy: true, seriesId: '77' },
      { capacity: { total: null, taken: 7 }, status: 'cancelled', busy: false },
    ]);
    expect(http.requests[0]?.query).toMatchObject({ 'request.hideCanceledClasses': false });
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-08-24T23:00:00.000Z', to: '2027-11-24T00:00:00.000Z' });
  });

  test('are listed anew around now when only changes are wanted, so that one that was deleted goes', async () => {
    const shown = classRow(1, '2026-11-24T07:00:00');
    const { session, http } = scriptedSite(schedule([shown, classRow(2, '2026-10-24T07:00:00')]));
    const pages = await pull(session, { resource: 'classes', mode: 'incremental', since: UNTIL });
    expect(idsOf(pages)).toEqual(['1']);
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-11-21T00:00:00.000Z', to: '2027-01-24T00:00:00.000Z' });
    expect(pages.slice(0, -1).some(({ covers }) => covers)).toBe(false);
    expect(http.requests[0]?.query).toMatchObject({
      'request.startDateTime': '2026-11-21T00:00:00',
      'request.endDateTime': '2026-12-21T23:59:59',
    });
  });
});

test('a zone that the account does not have yet is asked for once', async () => {
  const { session, http } = scriptedSite(
    (request) =>
      request.path === '/site/sites'
        ? request.list('Sites', [{ Id: 12346, Name: 'Salon', TimeZone: 'America/New_York' }])
        : schedule([appointmentRow(1, '2026-11-24T10:00:00')])(request),
    { account: { id: '12345', name: null, attributes: {} } },
  );
  session.config.connection.siteId = '12346';
  const pages = await pull(session, { resource: 'appointments' });
  expect(pages.flatMap(({ records }) => records)[0]?.data).toMatchObject({ start: '2026-11-24T10:00:00-05:00' });
  expect(http.requests.filter(({ url }) => String(url).endsWith('/site/sites'))).toHaveLength(1);
});
