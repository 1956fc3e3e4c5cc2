import { type contactKeys, emailKey, isContact, phoneKey } from '../contacts/contact-keys.ts';
import { normalizeEmail } from '../email.ts';
import { notFound, validationFailed } from '../errors.ts';
import type { Appointment, AppointmentStatus } from '../model/appointment.ts';
import type { Integration } from '../model/integration.ts';
import { parsePhone } from '../phone.ts';
import type { IntegrationScope } from '../ports.ts';
import { customerEmailKey, customerIdKey, customerPhoneKey, isAppointment, keysOfStretch } from './appointment-keys.ts';
import { type AppointmentView, appointmentView, mirroredAppointment } from './appointment-view.ts';
import type { BookingPorts } from './booking-ports.ts';
import { readAppointmentId } from './slot-id.ts';

type Ports = Pick<BookingPorts, 'integrations' | 'mirror'>;

export interface ListRequest {
  readonly workspaceId: string;
  readonly integrationId: string | null;
  /** ISO 8601 with offset; with a customer they may be null: then from now on, and without an end. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whose appointments; both null: everybody's. */
  readonly phone: string | null;
  readonly email: string | null;
  readonly staffId: string | null;
  readonly status: AppointmentStatus | null;
  readonly limit: number;
  readonly cursor: string | null;
}

const DAY_MS = 24 * 60 * 60_000;
/** Each day is a look-up of its own. */
const MAX_DAYS = 31;
/** Appointments of one day, or of one customer, that are looked at. */
const MAX_PER_KEY = 2_000;

/** Appointments from the mirror that touch a stretch of time, or belong to a customer, in order of time. */
export async function listAppointments(
  ports: Ports & { readonly clock: BookingPorts['clock'] },
  request: ListRequest,
): Promise<{ appointments: AppointmentView[]; nextCursor: string | null }> {
  const { workspaceId, integrationId, staffId, status, limit } = request;
  const integrations = (await ports.integrations.list(workspaceId)).filter(
    (integration) =>
      integration.status !== 'disconnecting' && (integrationId === null || integration.integrationId === integrationId),
  );
  if (integrationId !== null && integrations.length === 0) throw notFound('The integration', 'integrationId');
  const byId = new Map(integrations.map((integration) => [integration.integrationId, integration]));

  const aboutSomebody = request.phone !== null || request.email !== null;
  const from = request.from === null ? ports.clock.now() : Date.parse(request.from);
  const to = request.to === null ? Number.POSITIVE_INFINITY : Date.parse(request.to);
  if (to <= from) throw validationFailed('to', 'must be later than from');
  const keys = aboutSomebody
    ? await customerKeys(ports, request, integrations)
    : stretchKeys(request.from, request.to, to - from);

  const found = new Map<string, { readonly integration: Integration; readonly data: Appointment }>();
  const hits = await Promise.all(keys.map((key) => ports.mirror.findByKey(workspaceId, key, MAX_PER_KEY)));
  for (const { scope, record } of hits.flat()) {
    const integration = byId.get(scope.integrationId);
    const { data } = record;
    if (!integration || record.resource !== 'appointments' || !isAppointment(data)) continue;
    if (Date.parse(data.start) >= to || Date.parse(data.end) <= from) continue;
    if (status !== null && data.status !== status) continue;
    if (staffId !== null && !data.staff.some(({ id }) => id === staffId)) continue;
    found.set(positionOf(integration, data), { integration, data });
  }
  const ordered = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  const after =
    request.cursor === null ? ordered : ordered.filter(([position]) => position > readCursor(request.cursor));
  const page = after.slice(0, limit);
  const last = page.at(-1)?.[0];
  return {
    appointments: page.map(([, { integration, data }]) => appointmentView(integration, data)),
    nextCursor: after.length > limit && last !== undefined ? Buffer.from(last).toString('base64url') : null,
  };
}

/** One appointment, as the mirror has it. */
export async function getAppointment(
  ports: Ports,
  workspaceId: string,
  appointmentId: string,
): Promise<AppointmentView> {
  const { integrationId, recordId } = readAppointmentId(appointmentId);
  const integration = await ports.integrations.get({ workspaceId, integrationId });
  const record =
    integration && integration.status !== 'disconnecting'
      ? await mirroredAppointment(ports, integration, recordId)
      : null;
  if (!integration || !record) throw notFound('The appointment', 'appointmentId');
  return appointmentView(integration, record.data);
}

function stretchKeys(from: string | null, to: string | null, lengthMs: number): string[] {
  if (from === null) throw validationFailed('from', 'is needed, unless phone or email says whose appointments');
  if (to === null) throw validationFailed('to', 'is needed, unless phone or email says whose appointments');
  if (lengthMs > MAX_DAYS * DAY_MS) throw validationFailed('to', `must be at most ${MAX_DAYS} days after from`);
  return keysOfStretch(from, to);
}

/** Providers name a customer by number, by address, or by the id of a person that the mirror knows. */
async function customerKeys(
  { mirror }: Ports,
  { workspaceId, phone, email }: ListRequest,
  integrations: readonly Integration[],
): Promise<string[]> {
  const address = email === null ? null : normalizeEmail(email);
  if (email !== null && address === null) throw validationFailed('email', 'is not an e-mail address');
  const readings = integrations.map(({ config }) => parsePhone(phone ?? '', config.defaultCountry).e164);
  const numbers = [
    ...new Set([...readings, parsePhone(phone ?? '', undefined).e164].filter((number) => number !== null)),
  ];
  if (phone !== null && numbers.length === 0) {
    throw validationFailed('phone', 'is not a telephone number with a country code, e.g. +442079460018');
  }
  const personKeys = [...numbers.map(phoneKey), ...(address === null ? [] : [emailKey(address)])];
  const people = (await Promise.all(personKeys.map((key) => mirror.findByKey(workspaceId, key)))).flat();
  return [
    ...numbers.map(customerPhoneKey),
    ...(address === null ? [] : [customerEmailKey(address)]),
    ...people
      .filter(({ record }) => isContact(record.data))
      .flatMap(({ scope, record }) => keysOfPerson(scope, record)),
  ];
}

/** A person's appointments may stand under their id, or under another of their numbers and addresses. */
function keysOfPerson(
  { integrationId }: IntegrationScope,
  { id, data }: { id: string; data: Parameters<typeof contactKeys>[0] },
) {
  if (!isContact(data)) return [];
  const phones = data.phones.flatMap(({ e164 }) => (e164 === null ? [] : [customerPhoneKey(e164)]));
  return [customerIdKey(integrationId, id), ...phones, ...data.emails.map(customerEmailKey)];
}

/** Sorts by time, and tells two appointments of one time apart. */
function positionOf({ integrationId }: Integration, { start, id }: Appointment): string {
  return `${new Date(start).toISOString()} ${integrationId} ${id}`;
}

function readCursor(cursor: string | null): string {
  const position = Buffer.from(cursor ?? '', 'base64url').toString('utf8');
  if (!/^\d{4}-\d\d-\d\dT/.test(position)) throw validationFailed('cursor', 'is not one that this API gave');
  return position;
}
