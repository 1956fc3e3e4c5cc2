import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { errorBody, eventsPage } from './fixtures/event-row.ts';
import { createConnector } from './index.ts';

const connector = createConnector();
const entry = {
  id: 'Owner@Salon.example',
  summary: 'Salon',
  timeZone: 'Europe/London',
  accessRole: 'owner',
  primary: true,
};

describe('the Google Calendar connector', () => {
  it('knows the account by what can not change, and its main calendar by its real id', async () => {
    const http = new ScriptedHttp(() => ({ body: entry }));
    const account = { id: '', name: null, attributes: { sub: '1082' } };
    expect(await connector.identifyAccount(sessionFor(http, {}, account))).toEqual({
      id: '1082',
      name: 'Salon',
      attributes: { primaryCalendarId: 'Owner@Salon.example', timeZone: 'Europe/London' },
    });
  });

  it('does without a zone that is none', async () => {
    const http = new ScriptedHttp(() => ({ body: { ...entry, timeZone: 'Salon Standard Time' } }));
    const { attributes } = await connector.identifyAccount(sessionFor(http));
    expect(attributes).toEqual({ primaryCalendarId: 'Owner@Salon.example' });
  });

  it.each([
    [404, 'notFound'],
    [403, 'notACalendarUser'],
  ])('tells accounts without a calendar: %d %s', async (status, reason) => {
    const http = new ScriptedHttp(() => ({ status, body: errorBody(status, reason) }), classifyError);
    await expect(connector.identifyAccount(sessionFor(http))).rejects.toMatchObject({ code: 'plan_required' });
  });

  it('probes a calendar that is booked', async () => {
    const http = new ScriptedHttp(() => ({ body: eventsPage([]) }));
    await connector.testConnection(sessionFor(http, { booking: { calendars: [{ staffId: 'c#1@group.example' }] } }));
    expect(http.requests[0]).toMatchObject({
      url: 'https://www.googleapis.com/calendar/v3/calendars/c%231%40group.example/events',
      query: { maxResults: 1 },
    });
  });

  it('asks for scopes as Google writes them in its answer', () => {
    const { oauth } = connector.manifest;
    for (const scope of oauth.scopes.required)
      expect(scope).toMatch(/^(openid|https:\/\/www\.googleapis\.com\/auth\/.+)$/);
    // Events alone do not open freeBusy.
    expect(oauth.scopes.required).toContain('https://www.googleapis.com/auth/calendar.freebusy');
    expect(oauth.authorizeParameters).toEqual({ access_type: 'offline', prompt: 'consent' });
  });

  it('tells an administrator what to do when the organisation blocks the app', () => {
    const problem = connector.manifest.oauth.consentProblems?.find(({ match }) =>
      new RegExp(match).test('admin_policy_enforced '),
    );
    expect(problem?.steps).toHaveLength(1);
  });
});
