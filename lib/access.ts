/**
 * Who may do what: every right of every function, in one place to review. A grant also sets the environment
 * variables that go with the right, so a function never knows of a thing that it can't use, or the reverse.
 */

import type { HubHttpApi } from './constructs/http-api.ts';
import type { HubFunction, HubFunctionName } from './constructs/hub-function.ts';
import type { HubTable, TableAction } from './constructs/hub-table.ts';
import type { ProviderSecrets } from './constructs/provider-secrets.ts';
import type { Schedules } from './constructs/schedules.ts';
import type { SyncPipeline } from './constructs/sync-pipeline.ts';
import type { TokenVault } from './constructs/token-vault.ts';
import type { StageConfig } from './stage-config.ts';

export interface AccessProps {
  readonly settings: StageConfig;
  readonly functions: Readonly<Record<HubFunctionName, HubFunction>>;
  readonly table: HubTable;
  readonly vault: TokenVault;
  readonly secrets: ProviderSecrets;
  readonly pipeline: SyncPipeline;
  readonly schedules: Schedules;
  readonly api: HubHttpApi;
}

const ALL_ITEM_ACTIONS: readonly TableAction[] = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'BatchGetItem',
  'BatchWriteItem',
];

/** Gives every function its rights. */
export function grantAccess(props: AccessProps): void {
  const { functions, table, vault, secrets, pipeline, schedules, api, settings } = props;

  // catalogue: answers from what is in its bundle.
  api.tellOrigin(functions.catalogue);

  const { integrations } = functions;
  table.grant(integrations, ALL_ITEM_ACTIONS);
  vault.grantSeal(integrations, ['oauthToken', 'pkceVerifier']);
  vault.grantOpen(integrations, ['oauthToken']); // to test and to revoke
  secrets.grantRead(integrations);
  pipeline.grantSend(integrations);
  schedules.grant(integrations);
  api.tellOrigin(integrations);
  integrations.setVariable('providers', settings.providers.join(','));
  integrations.setVariable('partnerAgreements', settings.partnerAgreements.join(','));
  integrations.setVariable('returnUrlOrigins', settings.returnUrlOrigins.join(','));

  const { contacts } = functions;
  table.grant(contacts, ALL_ITEM_ACTIONS);
  vault.grantSeal(contacts, ['oauthToken']); // a refresh seals what it gets
  vault.grantOpen(contacts, ['oauthToken']);
  secrets.grantRead(contacts);
  api.tellOrigin(contacts);

  const { booking } = functions;
  table.grant(booking, ALL_ITEM_ACTIONS);
  vault.grantSeal(booking, ['oauthToken']); // a refresh seals what it gets
  vault.grantOpen(booking, ['oauthToken']);
  secrets.grantRead(booking);
  api.tellOrigin(booking);

  const callback = functions['oauth-callback'];
  table.grant(callback, ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query']);
  vault.grantSeal(callback, ['oauthToken']);
  vault.grantOpen(callback, ['oauthToken', 'pkceVerifier']); // it asks the provider whose account this is
  secrets.grantRead(callback);
  pipeline.grantSend(callback);
  schedules.grant(callback);
  api.tellOrigin(callback);

  // webhook: reachable by anybody, so it can't open a token or change an item.
  const { webhook } = functions;
  table.grant(webhook, ['GetItem', 'Query']);
  secrets.grantRead(webhook);
  pipeline.grantSend(webhook);
  api.tellOrigin(webhook); // some providers sign the address that they call

  const { sync } = functions;
  table.grant(sync, ALL_ITEM_ACTIONS);
  vault.grantSeal(sync, ['oauthToken']);
  vault.grantOpen(sync, ['oauthToken']);
  secrets.grantRead(sync);
  api.tellOrigin(sync);
  pipeline.grantSend(sync); // continuations and follow-up runs

  const { reconcile } = functions;
  table.grant(reconcile, ['GetItem', 'DeleteItem']); // it removes integrations that nobody has completed
  table.grantDirectory(reconcile);
  schedules.grant(reconcile);
  schedules.grantList(reconcile);
  pipeline.grantSend(reconcile);
}
