import type * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import {
  appointmentPath,
  availabilityQuery,
  bookableQuery,
  bookBody,
  cancelQuery,
  connectBody,
  createContactBody,
  integrationPath,
  listAppointmentsQuery,
  listSyncsQuery,
  lookupQuery,
  moveBody,
  responses,
  runPath,
  staffQuery,
  startSyncBody,
  updateBody,
  workspacePath,
} from './api-schemas.ts';

/** What an operation of the machine API takes and gives. */
export interface OperationContract {
  readonly summary: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** The operation changes something at a provider: the header is required. */
  readonly idempotencyKey?: true;
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Errors beside `validation_failed` and `internal`. */
  readonly errors: readonly ErrorCode[];
}

const PROVIDER_ERRORS = [
  'integration_not_connected',
  'reauth_required',
  'capability_not_supported',
  'missing_scope',
  'rate_limited',
  'provider_rejected',
  'provider_unavailable',
  'deadline_exceeded',
] as const satisfies readonly ErrorCode[];

const BOOKING_ERRORS = [
  'not_found',
  'idempotency_conflict',
  'slot_unavailable',
  'plan_required',
  ...PROVIDER_ERRORS,
] as const satisfies readonly ErrorCode[];

/** Contracts by operation id; the routes themselves are in `routes.ts`. */
export const OPERATIONS = {
  listProviders: {
    summary: 'The catalogue of providers and what each can do',
    responses: { 200: responses.providers },
    errors: [],
  },
  getHealth: { summary: 'Whether the API answers', responses: { 200: responses.health }, errors: [] },
  listIntegrations: {
    summary: "A workspace's integrations",
    path: workspacePath,
    responses: { 200: responses.integrations },
    errors: [],
  },
  connectIntegration: {
    summary: 'Begin to connect a provider: send the business to the authorizeUrl',
    path: workspacePath,
    body: connectBody,
    responses: { 201: responses.connecting },
    errors: ['not_found', 'capability_not_supported'],
  },
  getIntegration: {
    summary: 'One integration with its health, last and next sync',
    path: integrationPath,
    responses: { 200: responses.integration },
    errors: ['not_found'],
  },
  updateIntegration: {
    summary: 'Change the settings of an integration',
    path: integrationPath,
    body: updateBody,
    responses: { 200: responses.integration },
    errors: ['not_found'],
  },
  disconnectIntegration: {
    summary: 'Disconnect: revoke at the provider; delete schedule, tokens and mirror',
    path: integrationPath,
    responses: { 202: responses.disconnected },
    errors: ['not_found'],
  },
  testIntegration: {
    summary: 'Ask the provider a cheap real question',
    path: integrationPath,
    responses: { 200: responses.test },
    errors: ['not_found'],
  },
  startSync: {
    summary: 'Queue a sync',
    path: integrationPath,
    body: startSyncBody,
    responses: { 202: responses.run },
    errors: ['not_found', 'integration_not_connected', 'reauth_required'],
  },
  listSyncs: {
    summary: 'The log of syncs, newest first',
    path: integrationPath,
    query: listSyncsQuery,
    responses: { 200: responses.runs },
    errors: ['not_found'],
  },
  getSync: {
    summary: 'One sync run; while it goes on, with its newest counts',
    path: runPath,
    responses: { 200: responses.run },
    errors: ['not_found'],
  },
  lookupContact: {
    summary: 'Who is calling? By phone number or e-mail address, from the mirror first',
    path: workspacePath,
    query: lookupQuery,
    responses: { 200: responses.lookup },
    errors: [],
  },
  createContact: {
    summary: 'Create a contact; an existing one is an answer, not an error',
    path: workspacePath,
    body: createContactBody,
    idempotencyKey: true,
    responses: { 200: responses.createdContact, 201: responses.createdContact },
    errors: ['not_found', 'contact_exists', 'idempotency_conflict', 'plan_required', ...PROVIDER_ERRORS],
  },
  listServices: {
    summary: 'What customers can book',
    path: workspacePath,
    query: bookableQuery,
    responses: { 200: responses.services },
    errors: ['not_found'],
  },
  listStaff: {
    summary: 'With whom, or in which chair, room or calendar, customers can be booked',
    path: workspacePath,
    query: staffQuery,
    responses: { 200: responses.staff },
    errors: ['not_found'],
  },
  getAvailability: {
    summary: 'Free times, asked live',
    path: workspacePath,
    query: availabilityQuery,
    responses: { 200: responses.availability },
    errors: ['not_found', 'plan_required', ...PROVIDER_ERRORS],
  },
  listAppointments: {
    summary: 'Appointments of a stretch of time, or of a customer, from the mirror',
    path: workspacePath,
    query: listAppointmentsQuery,
    responses: { 200: responses.appointments },
    errors: ['not_found'],
  },
  bookAppointment: {
    summary: 'Book a slot; a taken one is answered with alternatives',
    path: workspacePath,
    body: bookBody,
    idempotencyKey: true,
    responses: { 201: responses.appointment },
    errors: BOOKING_ERRORS,
  },
  getAppointment: {
    summary: 'One appointment, from the mirror',
    path: appointmentPath,
    responses: { 200: responses.appointment },
    errors: ['not_found'],
  },
  moveAppointment: {
    summary: 'Move an appointment to another slot; its id changes where the provider books anew',
    path: appointmentPath,
    body: moveBody,
    idempotencyKey: true,
    responses: { 200: responses.appointment },
    errors: BOOKING_ERRORS,
  },
  cancelAppointment: {
    summary: 'Cancel an appointment; one that is cancelled already is success',
    path: appointmentPath,
    query: cancelQuery,
    idempotencyKey: true,
    responses: { 200: responses.cancelled },
    errors: ['not_found', 'idempotency_conflict', 'plan_required', ...PROVIDER_ERRORS],
  },
} as const satisfies Record<string, OperationContract>;

export type ContractedOperationId = keyof typeof OPERATIONS;
