/**
 * The routes of the hub, once: the HTTP API construct creates them, the handlers dispatch on them and the
 * OpenAPI document lists them. Import-free, because it is read at synth time and in bundles.
 */

/** Functions that answer HTTP requests; each is one file in `lambdas/handlers/`. */
export type HttpFunctionName = 'catalogue' | 'integrations' | 'contacts' | 'booking' | 'oauth-callback' | 'webhook';

export interface Route {
  /** Stable name: the dispatch key in a handler and the `operationId` in the OpenAPI document. */
  readonly operationId: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';
  /** API Gateway path, parameters in braces. */
  readonly path: string;
  /** `iam`: SigV4, machine callers only. `none`: public, and listed by name in the template test. */
  readonly auth: 'iam' | 'none';
  readonly function: HttpFunctionName;
}

const WORKSPACE = '/v1/workspaces/{workspaceId}';
const INTEGRATION = `${WORKSPACE}/integrations/{integrationId}`;
const APPOINTMENTS = `${WORKSPACE}/appointments`;
const APPOINTMENT = `${APPOINTMENTS}/{appointmentId}`;

export const ROUTES = [
  { operationId: 'listProviders', method: 'GET', path: '/v1/providers', auth: 'iam', function: 'catalogue' },
  { operationId: 'getOpenApi', method: 'GET', path: '/openapi.json', auth: 'none', function: 'catalogue' },
  { operationId: 'getHealth', method: 'GET', path: '/health', auth: 'none', function: 'catalogue' },

  {
    operationId: 'listIntegrations',
    method: 'GET',
    path: `${WORKSPACE}/integrations`,
    auth: 'iam',
    function: 'integrations',
  },
  {
    operationId: 'connectIntegration',
    method: 'POST',
    path: `${WORKSPACE}/integrations`,
    auth: 'iam',
    function: 'integrations',
  },
  { operationId: 'getIntegration', method: 'GET', path: INTEGRATION, auth: 'iam', function: 'integrations' },
  { operationId: 'updateIntegration', method: 'PATCH', path: INTEGRATION, auth: 'iam', function: 'integrations' },
  { operationId: 'disconnectIntegration', method: 'DELETE', path: INTEGRATION, auth: 'iam', function: 'integrations' },
  {
    operationId: 'testIntegration',
    method: 'POST',
    path: `${INTEGRATION}/test`,
    auth: 'iam',
    function: 'integrations',
  },
  { operationId: 'startSync', method: 'POST', path: `${INTEGRATION}/syncs`, auth: 'iam', function: 'integrations' },
  { operationId: 'listSyncs', method: 'GET', path: `${INTEGRATION}/syncs`, auth: 'iam', function: 'integrations' },
  {
    operationId: 'getSync',
    method: 'GET',
    path: `${INTEGRATION}/syncs/{runId}`,
    auth: 'iam',
    function: 'integrations',
  },

  {
    operationId: 'lookupContact',
    method: 'GET',
    path: `${WORKSPACE}/contacts/lookup`,
    auth: 'iam',
    function: 'contacts',
  },
  { operationId: 'createContact', method: 'POST', path: `${WORKSPACE}/contacts`, auth: 'iam', function: 'contacts' },

  { operationId: 'listServices', method: 'GET', path: `${WORKSPACE}/services`, auth: 'iam', function: 'booking' },
  { operationId: 'listStaff', method: 'GET', path: `${WORKSPACE}/staff`, auth: 'iam', function: 'booking' },
  {
    operationId: 'getAvailability',
    method: 'GET',
    path: `${WORKSPACE}/availability`,
    auth: 'iam',
    function: 'booking',
  },
  { operationId: 'listAppointments', method: 'GET', path: APPOINTMENTS, auth: 'iam', function: 'booking' },
  { operationId: 'bookAppointment', method: 'POST', path: APPOINTMENTS, auth: 'iam', function: 'booking' },
  { operationId: 'getAppointment', method: 'GET', path: APPOINTMENT, auth: 'iam', function: 'booking' },
  { operationId: 'moveAppointment', method: 'PATCH', path: APPOINTMENT, auth: 'iam', function: 'booking' },
  { operationId: 'cancelAppointment', method: 'DELETE', path: APPOINTMENT, auth: 'iam', function: 'booking' },

  { operationId: 'oauthCallback', method: 'GET', path: '/oauth/callback', auth: 'none', function: 'oauth-callback' },
  {
    operationId: 'oauthCallbackForm',
    method: 'POST',
    path: '/oauth/callback',
    auth: 'none',
    function: 'oauth-callback',
  },

  { operationId: 'probeWebhook', method: 'HEAD', path: '/webhooks/{type}', auth: 'none', function: 'webhook' },
  { operationId: 'receiveWebhook', method: 'POST', path: '/webhooks/{type}', auth: 'none', function: 'webhook' },
  {
    operationId: 'receiveNotification',
    method: 'POST',
    path: '/webhooks/{type}/{integrationId}',
    auth: 'none',
    function: 'webhook',
  },
] as const satisfies readonly Route[];

export type OperationId = (typeof ROUTES)[number]['operationId'];

/** The redirect URI that is registered with every provider. */
export const OAUTH_CALLBACK_PATH = '/oauth/callback';
