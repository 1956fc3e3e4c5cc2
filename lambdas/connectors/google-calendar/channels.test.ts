import { describe, expect, it } from '@jest/globals';
import type { ChannelRequest } from '../connector.ts';
import { type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { channels } from './channels.ts';
import { classifyError } from './errors.ts';
import { errorBody } from './fixtures/event-row.ts';

const CHAIR = 'c_1#x@group.calendar.google.com';
const request: ChannelRequest = {
  subject: CHAIR,
  channelId: 'c'.repeat(32),
  secret: 's'.repeat(43),
  address: 'https://hub.example/webhooks/google_calendar/int_1',
  expiresAt: Date.parse('2026-11-30T12:00:00Z'),
};
const channel = { ...request, secretHash: '', providerId: 'r-1', renewAt: 0 };
const answering = (answer: Scripted) => new ScriptedHttp(() => answer, classifyError);
const open = (answer: Scripted) => channels.openChannel(sessionFor(answering(answer)), request);

describe('a push channel of Google Calendar', () => {
  it('watches every calendar that is booked, or else the main one by its real id', async () => {
    const http = answering({});
    const calendars = ['a@group.example', 'b@group.example', 'a@group.example'].map((staffId) => ({ staffId }));
    const named = sessionFor(http, { booking: { calendars } });
    expect(await channels.watchedSubjects(named)).toEqual(['a@group.example', 'b@group.example']);
    const account = { id: '1082', name: null, attributes: { primaryCalendarId: 'owner@salon.example' } };
    expect(await channels.watchedSubjects(sessionFor(http, {}, account))).toEqual(['owner@salon.example']);
    expect(http.requests).toEqual([]);
  });

  it('is asked for as "Events: watch" wants it, and lives as long as the answer says', async () => {
    const earlier = Date.parse('2026-11-24T12:00:00Z');
    const http = answering({ body: { resourceId: 'r-1', expiration: String(earlier) } });
    expect(await channels.openChannel(sessionFor(http), request)).toEqual({ providerId: 'r-1', expiresAt: earlier });
    expect(http.requests).toMatchObject([
      {
        method: 'POST',
        url: 'https://www.googleapis.com/calendar/v3/calendars/c_1%23x%40group.calendar.google.com/events/watch',
        callClass: 'live_write',
      },
    ]);
    expect(http.requests[0]?.json).toEqual({
      id: request.channelId,
      type: 'web_hook',
      address: request.address,
      token: request.secret,
      expiration: '1796040000000',
    });
  });

  it.each([
    { resourceId: 'r-1' },
    { resourceId: 'r-1', expiration: null },
    { resourceId: 'r-1', expiration: 'Mon, 30 Nov 2026 12:00:00 GMT' },
    { resourceId: '', expiration: '1796040000000' },
  ])('is not believed to be open by %j', async (body) => {
    await expect(open({ body })).rejects.toThrow();
  });

  it.each([
    // Our domain is not verified: nobody's token is at fault, and nobody must connect again.
    [401, 'push.webhookUrlUnauthorized', 'internal'],
    [400, 'push.webhookUrlNotHttps', 'provider_rejected'],
    [400, 'channelIdNotUnique', 'provider_rejected'],
    [400, 'pushNotSupportedForRequestedResource', 'provider_rejected'],
    [403, 'forbidden', 'provider_rejected'],
    [404, 'notFound', 'not_found'],
    [403, 'rateLimitExceeded', 'rate_limited'],
    [503, 'backendError', 'provider_unavailable'],
  ])('that is refused with %d %s throws %s', async (status, reason, code) => {
    await expect(open({ status, body: errorBody(status, reason) })).rejects.toMatchObject({ code });
  });

  it('is closed by both of its names', async () => {
    const http = answering({ status: 204 });
    await channels.closeChannel(sessionFor(http), channel);
    expect(http.requests).toMatchObject([{ url: 'https://www.googleapis.com/calendar/v3/channels/stop' }]);
    expect(http.requests[0]?.json).toEqual({ id: request.channelId, resourceId: 'r-1' });
  });

  it('that has no name yet is left to end', async () => {
    const http = answering({ status: 204 });
    await channels.closeChannel(sessionFor(http), { ...channel, providerId: null });
    expect(http.requests).toEqual([]);
  });

  it.each([404, 410])('that is gone, by status %d, is closed', async (status) => {
    const session = sessionFor(answering({ status, body: errorBody(status, 'notFound') }));
    await expect(channels.closeChannel(session, channel)).resolves.toBeUndefined();
  });

  it('that can not be closed says so', async () => {
    const session = sessionFor(answering({ status: 503, body: errorBody(503, 'backendError') }));
    await expect(channels.closeChannel(session, channel)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it.each([
    ['sync', 'opened'],
    ['exists', 'changed'],
    ['not_exists', 'changed'],
  ])('that says %s means %s', (state, kind) => {
    const headers = {
      'x-goog-channel-id': 'c',
      'x-goog-resource-id': 'r',
      'x-goog-channel-token': 's',
      'x-goog-resource-state': state,
    };
    const notices = channels.readNotices({ headers, body: '', parameters: new URLSearchParams() });
    expect(notices).toEqual([{ channelId: 'c', providerId: 'r', secret: 's', kind }]);
  });
});
