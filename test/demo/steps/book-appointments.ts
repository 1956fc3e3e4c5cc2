import { randomUUID } from 'node:crypto';
import { ConnectorFactory } from '../../../lambdas/connectors/factory.ts';
import type { ConnectedContext } from '../demo-context.ts';
import { DemoError, expectThat } from '../demo-error.ts';
import type { BookingScenario, DemoCustomer } from '../demo-scenario.ts';
import { type BookedAppointment, type OfferedSlot, ProblemError } from '../hub-api.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Far enough ahead that no notice period is in the way; a week has a working day for everybody. */
const FIRST_DAY = 2;
const DAYS = 6;

interface Booking {
  readonly scenario: BookingScenario;
  readonly customer: DemoCustomer;
  readonly query: Readonly<Record<string, string>>;
}

/** Finds a time, books it, loses a race for one, moves and cancels: each once, whatever is repeated. */
export async function bookAppointments(context: ConnectedContext, scenario: BookingScenario): Promise<void> {
  const { findings, steps } = context;
  const { operations } = ConnectorFactory.manifest(findings.provider.type);
  const { customer, serviceId, staffId } = await scenario.request();
  const from = new Date(Date.now() + FIRST_DAY * DAY_MS);
  const query = {
    from: from.toISOString(),
    to: new Date(from.getTime() + DAYS * DAY_MS).toISOString(),
    ...(serviceId === undefined ? {} : { serviceId }),
    ...(staffId === undefined ? {} : { staffId }),
  };
  const booking = { scenario, customer, query };
  const appointment = await bookOnce(context, booking);
  await loseRace(context, booking);
  const moved = operations.includes('changes') ? await moveOnce(context, booking, appointment) : appointment;
  if (operations.includes('changes')) await cancelOnce(context, booking, moved);
  else await steps.run('Keep the appointment', async (view) => view.done('this provider can only be booked'));
}

async function bookOnce(context: ConnectedContext, { scenario, customer, query }: Booking): Promise<BookedAppointment> {
  const { api, steps } = context;
  const slot = await steps.run('Find a free time', async (view) => {
    const { slots, source, notes } = await api.availability(query);
    const [first] = slots;
    expectThat(first !== undefined, `nothing is free: ${notes.join(' ')}`);
    view.done(
      `${first.spoken}${first.staff?.name ? ` with ${first.staff.name}` : ''} (${source}, ${slots.length} offered)`,
    );
    return first;
  });
  return steps.run('Book it twice with one key', async (view) => {
    const key = randomUUID();
    // At the same moment, as when a model repeats a call that takes too long; and once more afterwards.
    const order = { slotId: slot.id, customer };
    const first = await Promise.all([api.book(key, order), api.book(key, order)]);
    const answers = [...first, await api.book(key, order)];
    const ids = new Set(answers.map(({ appointmentId }) => appointmentId));
    expectThat(ids.size === 1, `${ids.size} appointments came out`);
    await expectCount(scenario, customer, slot.start, 1);
    const [appointment] = answers;
    if (!appointment) throw new DemoError('nothing was booked');
    view.done(`two calls at once and one later: one appointment, ${appointment.status}`);
    return appointment;
  });
}

async function loseRace({ api, steps }: ConnectedContext, { scenario, customer, query }: Booking): Promise<void> {
  await steps.run('Book a time that somebody else has just taken', async (view) => {
    const slot = await freeSlot(api, query);
    await scenario.take({ start: slot.start, end: slot.end, staffId: slot.staff?.id ?? null });
    const problem = await api.book(randomUUID(), { slotId: slot.id, customer }).catch((error: unknown) => error);
    if (!(problem instanceof ProblemError)) throw problem instanceof Error ? problem : new DemoError('it was booked');
    const { status, code, alternatives } = problem;
    expectThat(status === 409 && code === 'slot_unavailable', `it was refused with ${status} ${code}`);
    expectThat(alternatives.length > 0, 'no alternatives were offered');
    expectThat(
      alternatives.every(({ start, staff }) => start !== slot.start || staff?.id !== slot.staff?.id),
      'the taken time is among the alternatives',
    );
    await expectCount(scenario, customer, slot.start, 0);
    view.done(
      `refused: ${status} ${code}; instead ${alternatives[0]?.spoken} or ${alternatives.length - 1} other times`,
    );
  });
}

async function moveOnce(
  { api, steps }: ConnectedContext,
  { scenario, customer, query }: Booking,
  appointment: BookedAppointment,
): Promise<BookedAppointment> {
  return steps.run('Move the appointment', async (view) => {
    const slot = await freeSlot(api, { ...query, appointmentId: appointment.appointmentId }, appointment.start);
    const key = randomUUID();
    const moved = await api.move(key, appointment.appointmentId, slot.id);
    expectThat(Date.parse(moved.start) === Date.parse(slot.start), `it begins at ${moved.start}`);
    const again = await api.move(key, appointment.appointmentId, slot.id);
    expectThat(again.appointmentId === moved.appointmentId, 'the same key moved it to another appointment');
    await expectCount(scenario, customer, appointment.start, 0);
    await expectCount(scenario, customer, slot.start, 1);
    view.done(`to ${moved.spoken}; the old time is free`);
    return moved;
  });
}

async function cancelOnce(
  { api, steps }: ConnectedContext,
  { scenario, customer }: Booking,
  appointment: BookedAppointment,
): Promise<void> {
  await steps.run('Cancel the appointment', async (view) => {
    const key = randomUUID();
    const { status } = await api.cancel(key, appointment.appointmentId);
    await api.cancel(key, appointment.appointmentId);
    await expectCount(scenario, customer, appointment.start, 0);
    const day = { from: appointment.start, to: appointment.end };
    const listed = (await api.appointments(day)).filter((one) => one.appointmentId === appointment.appointmentId);
    expectThat(
      listed.every((one) => one.status === 'cancelled'),
      'the mirror still has it',
    );
    view.done(`${status}, once; repeated, the same answer`);
  });
}

/** A free time that is not the one given. */
async function freeSlot(
  api: ConnectedContext['api'],
  query: Booking['query'],
  except: string | null = null,
): Promise<OfferedSlot> {
  const { slots, notes } = await api.availability(query);
  // Not the first: there the appointment of the step before may be.
  const others = slots.filter(({ start }) => except === null || Date.parse(start) !== Date.parse(except));
  const slot = others[Math.floor(others.length / 2)];
  if (!slot) throw new DemoError(`nothing is free: ${notes.join(' ')}`);
  return slot;
}

async function expectCount(scenario: BookingScenario, customer: DemoCustomer, start: string, expected: number) {
  const there = await scenario.count({ start, customer });
  expectThat(
    there === expected,
    `the provider has ${there} appointments of this customer at ${start}, not ${expected}`,
  );
}
