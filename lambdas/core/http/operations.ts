import type * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import {
  connectBody,
  createContactBody,
  integrationPath,
  listSyncsQuery,
  lookupQuery,
  responses,
  runPath,
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
    errors: ['not_found', 'idempotency_conflict', ...PROVIDER_ERRORS],
  },
} as const satisfies Record<string, OperationContract>;

export type ContractedOperationId = keyof typeof OPERATIONS;
