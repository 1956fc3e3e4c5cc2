import { bookAppointment } from '../core/booking/book-appointment.ts';
import { cancelAppointment } from '../core/booking/cancel-appointment.ts';
import { findAvailability } from '../core/booking/find-availability.ts';
import { getAppointment, listAppointments } from '../core/booking/list-appointments.ts';
import { listServices, listStaff } from '../core/booking/list-bookable.ts';
import { moveAppointment } from '../core/booking/move-appointment.ts';
import { contracted, httpEndpoint } from './wiring/http-endpoint.ts';
import { createServices } from './wiring/services.ts';

const services = createServices();

/** What can be booked, what is free, and appointments. */
export const handler = httpEndpoint(services, {
  listServices: contracted('listServices', async ({ path, query: { integrationId = null } }) => ({
    status: 200,
    json: { services: await listServices(services, { ...path, integrationId }) },
  })),
  listStaff: contracted('listStaff', async ({ path, query: { integrationId = null, all } }) => ({
    status: 200,
    json: { staff: await listStaff(services, { ...path, integrationId, bookableOnly: all === 'false' }) },
  })),
  getAvailability: contracted('getAvailability', async ({ path, query }) => {
    const { integrationId = null, serviceId = null, staffId = null, appointmentId = null, timeZone = null } = query;
    const { from, to, limit, deadlineMs } = query;
    const request = { integrationId, serviceId, staffId, appointmentId, timeZone, from, to, limit, deadlineMs };
    return { status: 200, json: await findAvailability(services, { ...path, ...request }) };
  }),
  listAppointments: contracted('listAppointments', async ({ path, query }) => {
    const { integrationId = null, from = null, to = null, phone = null, email = null } = query;
    const { staffId = null, status = null, cursor = null, limit } = query;
    const request = { integrationId, from, to, phone, email, staffId, status, cursor, limit };
    return { status: 200, json: await listAppointments(services, { ...path, ...request }) };
  }),
  bookAppointment: contracted('bookAppointment', async ({ path, body, idempotencyKey }) => {
    const { slotId, notes = null, deadlineMs } = body;
    const { firstName = null, lastName = null, name = null, email = null, phone = null } = body.customer;
    const customer = { firstName, lastName, name, email, phone };
    const appointment = await bookAppointment(services, {
      ...path,
      idempotencyKey,
      slotId,
      customer,
      notes,
      deadlineMs,
    });
    return { status: 201, json: { appointment } };
  }),
  getAppointment: contracted('getAppointment', async ({ path: { workspaceId, appointmentId } }) => ({
    status: 200,
    json: { appointment: await getAppointment(services, workspaceId, appointmentId) },
  })),
  moveAppointment: contracted('moveAppointment', async ({ path, body, idempotencyKey }) => ({
    status: 200,
    json: { appointment: await moveAppointment(services, { ...path, ...body, idempotencyKey }) },
  })),
  cancelAppointment: contracted('cancelAppointment', async ({ path, query, idempotencyKey }) => {
    const { reason = null, deadlineMs } = query;
    return { status: 200, json: await cancelAppointment(services, { ...path, idempotencyKey, reason, deadlineMs }) };
  }),
});
