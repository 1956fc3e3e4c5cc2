import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  GetScheduleCommand,
  type GetScheduleOutput,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { EventBridgeSchedules } from '../../../lambdas/aws/eventbridge-schedules.ts';
import { KmsTokenVault } from '../../../lambdas/aws/kms-token-vault.ts';
import { sealedSecretSchema } from '../../../lambdas/aws/stored-credential.ts';
import type { IntegrationView } from '../../../lambdas/core/integrations/integration-view.ts';
import { INTEGRATION_TYPES } from '../../../lambdas/core/model/integration.ts';
import { PURPOSE } from '../../../lambdas/core/names.ts';
import { type LocalHub, startLocalHub } from '../../local-hub/start-local-hub.ts';
import type { ConsentChoice, SandboxClient } from '../../sandbox/sandbox-client.ts';
import { HubApi } from './hub-api.ts';
import { assertNoPersonalData } from './log-privacy.ts';

export type StoredItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

const itemSchema = z.looseObject({ pk: z.string(), sk: z.string() });
const credentialSchema = z.looseObject({ sealed: sealedSecretSchema });
const tokensSchema = z.looseObject({ accessToken: z.string(), refreshToken: z.string().nullable() });

/** The accounts of the sandbox's HubSpot. */
export const ACCOUNTS = { salon: '48127733', test: '48127734' } as const;
/** The one origin that the stage `dev` sends browsers back to. */
export const FRONT_END = 'http://localhost:3000';

/** The whole hub for one test file. Whatever the file does, its logs are searched for personal data at the end. */
export class HubUnderTest {
  readonly api: HubApi;
  readonly hub: LocalHub;
  readonly sandbox: SandboxClient;
  readonly #logDirectory: string;
  readonly #table: DynamoDBDocumentClient;
  readonly #scheduler: SchedulerClient;
  readonly #kms: KMSClient;
  readonly #texts = new Set<string>(INTEGRATION_TYPES.map((type) => `${type}-secret`));
  readonly #phones = new Set<string>();

  static async start(options: { readonly contacts?: number } = {}): Promise<HubUnderTest> {
    const logDirectory = mkdtempSync(join(tmpdir(), 'hub-api-'));
    const hub = await startLocalHub({
      port: 0,
      sandboxPort: 0,
      contacts: options.contacts ?? 120,
      latencyMs: 0,
      recordFile: null,
      logDirectory,
    });
    // What was just written is found at once, unless a test wants it otherwise.
    await hub.sandbox.hubspot.setSearchLag(0);
    return new HubUnderTest(hub, logDirectory);
  }

  private constructor(hub: LocalHub, logDirectory: string) {
    this.hub = hub;
    this.api = new HubApi(hub.apiUrl);
    this.sandbox = hub.sandbox;
    this.#logDirectory = logDirectory;
    const { region, credentials, endpoints } = hub.cloud;
    const client = { region, credentials };
    this.#table = DynamoDBDocumentClient.from(new DynamoDBClient({ ...client, endpoint: endpoints.dynamodb }));
    this.#scheduler = new SchedulerClient({ ...client, endpoint: endpoints.scheduler });
    this.#kms = new KMSClient({ ...client, endpoint: endpoints.kms });
  }

  /** Ends the hub, then searches all logs of its functions. */
  async close(): Promise<void> {
    try {
      await this.noteTokens();
      for (const account of Object.values(ACCOUNTS)) {
        for await (const { properties } of this.sandbox.hubspot.truth('contacts', { account })) {
          this.notePhones(properties.phone, properties.mobilephone);
        }
      }
    } finally {
      await this.hub.close();
      for (const client of [this.#table, this.#scheduler, this.#kms]) client.destroy();
    }
    assertNoPersonalData(this.#logDirectory, { texts: this.#texts, phones: this.#phones });
    rmSync(this.#logDirectory, { recursive: true, force: true });
  }

  /** Texts that must not be in any log. */
  noteSecrets(...texts: readonly (string | null | undefined)[]): void {
    for (const text of texts) if (text) this.#texts.add(text);
  }

  notePhones(...phones: readonly (string | null | undefined)[]): void {
    for (const phone of phones) if (phone) this.#phones.add(phone);
  }

  /** Opens every stored credential with the stack's own key, so that its tokens are looked for in the logs. */
  async noteTokens(): Promise<readonly { accessToken: string; refreshToken: string | null }[]> {
    const vault = new KmsTokenVault(this.#kms, `alias/integration-hub-dev-tokens`);
    const tokens = [];
    const items = await this.items();
    for (const item of items) {
      const integrationId = /^CREDENTIAL#(.+)$/.exec(item.sk)?.[1];
      if (integrationId === undefined) continue;
      const owner = items.find(({ pk, sk }) => pk === item.pk && sk === `INT#${integrationId}`);
      const context = {
        workspace: item.pk.slice('WS#'.length),
        integration: integrationId,
        provider: String(owner?.type),
        purpose: PURPOSE.oauthToken,
      };
      const opened = tokensSchema.parse(JSON.parse(await vault.open(context, credentialSchema.parse(item).sealed)));
      this.noteSecrets(opened.accessToken, opened.refreshToken);
      tokens.push(opened);
    }
    return tokens;
  }

  /** Everything that the table holds. */
  async items(): Promise<StoredItem[]> {
    const items: StoredItem[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.#table.send(
        new ScanCommand({ TableName: this.hub.cloud.tableName, ConsistentRead: true, ExclusiveStartKey: start }),
      );
      items.push(...z.array(itemSchema).parse(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  /** The schedule of an integration as the scheduler has it; null when there is none. */
  async schedule(scope: { workspaceId: string; integrationId: string }): Promise<GetScheduleOutput | null> {
    const group = this.scheduleGroup;
    const name = this.scheduleName(scope);
    try {
      return await this.#scheduler.send(new GetScheduleCommand({ GroupName: group, Name: name }));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return null;
      throw error;
    }
  }

  get scheduleGroup(): string {
    return 'integration-hub-dev';
  }

  scheduleName(scope: { workspaceId: string; integrationId: string }): string {
    const nowhere = { group: '', queueArn: '', roleArn: '', deadLetterArn: '' };
    return new EventBridgeSchedules(this.#scheduler, nowhere).nameOf(scope);
  }

  /** Waits until no sync is waiting or running. */
  idle(): Promise<void> {
    return this.hub.cloud.waitForIdle(20_000);
  }

  /** Begins to connect; the state in the link is noted as a secret. */
  async begin(workspaceId: string, body: Readonly<Record<string, unknown>> = {}) {
    const answer = await this.api.call('connectIntegration', {
      path: { workspaceId },
      json: { type: 'hubspot', ...body },
    });
    this.noteSecrets(new URL(answer.body.authorizeUrl).searchParams.get('state'));
    return answer.body;
  }

  /** The owner's answer on the consent page: where it sends the browser. */
  async consent(authorizeUrl: string, choice: ConsentChoice = {}): Promise<URL> {
    const back = new URL(await this.sandbox.approve(authorizeUrl, choice));
    this.noteSecrets(back.searchParams.get('code'));
    return back;
  }

  /** Connects to the end of the first sync. */
  async connect(
    workspaceId: string,
    body: Readonly<Record<string, unknown>> = {},
    choice: ConsentChoice = {},
  ): Promise<IntegrationView> {
    const { integration, authorizeUrl } = await this.begin(workspaceId, body);
    const page = await fetch(await this.consent(authorizeUrl, choice), { redirect: 'manual' });
    await page.text();
    await this.idle();
    await this.noteTokens();
    return this.view(integration);
  }

  async view({ workspaceId, integrationId }: { workspaceId: string; integrationId: string }): Promise<IntegrationView> {
    const answer = await this.api.call('getIntegration', { path: { workspaceId, integrationId } });
    return answer.body.integration;
  }

  /** How many calls the provider has had since `since`, or since its start. */
  async providerCalls(since = 0): Promise<number> {
    const { hubspot } = await this.sandbox.counters();
    return (hubspot?.total ?? 0) - since;
  }
}
