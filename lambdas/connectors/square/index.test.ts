import { describe, expect, test } from '@jest/globals';
import { type Recorded, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { LOCATION } from './fixtures/rows.ts';
import { createConnector } from './index.ts';

const MERCHANT = { id: 'ML1', business_name: 'Marlow & Finch', country: 'GB', currency: 'GBP', main_location_id: 'L2' };
const square = (merchant: object, locations: readonly object[]) =>
  sessionFor(
    new ScriptedHttp(({ operation }: Recorded) => ({
      body: operation === 'merchant.get' ? { merchant } : { locations },
    })),
    { timeZone: 'Europe/Paris' },
  );

describe('the account', () => {
  test('is the merchant, with the main location', async () => {
    const locations = [
      LOCATION,
      { id: 'L2', name: 'Second', timezone: 'Europe/Gibraltar', country: 'GB', currency: 'GBP' },
    ];
    expect(await createConnector().identifyAccount(square(MERCHANT, locations))).toEqual({
      id: 'ML1',
      name: 'Marlow & Finch',
      attributes: {
        country: 'GB',
        currency: 'GBP',
        locationId: 'L2',
        locationName: 'Second',
        timeZone: 'Europe/Gibraltar',
      },
    });
  });

  test('has another location when the main one is closed, and says no more than is known', async () => {
    const closed = { id: 'L2', timezone: 'Europe/Gibraltar', status: 'INACTIVE' };
    const account = await createConnector().identifyAccount(
      square({ id: 'ML1', main_location_id: 'L2' }, [closed, { id: 'L3' }]),
    );
    expect(account).toEqual({ id: 'ML1', name: null, attributes: { locationId: 'L3', timeZone: 'Europe/Paris' } });
  });
});

test.each([
  [{ booking_enabled: true }, 0],
  [{}, 0],
  [{ booking_enabled: false }, 1],
])('with the booking profile %j there are %d steps left', async (profile, steps) => {
  const session = sessionFor(new ScriptedHttp(() => ({ body: { business_booking_profile: profile } })));
  expect(await createConnector().remainingSteps?.(session)).toHaveLength(steps);
});

test('a business that has never taken bookings has the same step left', async () => {
  const session = sessionFor(new ScriptedHttp(() => ({ status: 404, body: {} })));
  expect(await createConnector().remainingSteps?.(session)).toHaveLength(1);
});

test('every call names the version and a content type', async () => {
  const http = new ScriptedHttp(() => ({ body: { locations: [LOCATION] } }));
  await createConnector().testConnection(sessionFor(http));
  expect(http.requests).toMatchObject([
    { headers: { 'square-version': expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/), 'content-type': 'application/json' } },
  ]);
});

test('the consent does not ask to write as the seller, which would let bookings overlap', () => {
  const { required, optional } = createConnector().manifest.oauth.scopes;
  expect([...required, ...optional]).not.toContain('APPOINTMENTS_ALL_WRITE');
});
