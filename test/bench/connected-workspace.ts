import type * as z from 'zod';
import { responses } from '../../lambdas/core/http/api-schemas.ts';
import type { IntegrationType } from '../../lambdas/core/model/integration.ts';
import type { Resource } from '../../lambdas/core/model/resource.ts';
import { type SyncRun, TERMINAL_STATUSES } from '../../lambdas/core/model/sync-run.ts';
import type { LocalHub } from '../local-hub/start-local-hub.ts';

const RUN_TIMEOUT_MS = 300_000;

/** A workspace with one connected integration, for measuring. */
export class ConnectedWorkspace {
  readonly #hub: LocalHub;
  readonly #workspaceId: string;
  readonly #integrationId: string;

  private constructor(hub: LocalHub, workspaceId: string, integrationId: string) {
    this.#hub = hub;
    this.#workspaceId = workspaceId;
    this.#integrationId = integrationId;
  }

  /** Connects through the consent page. The first sync is queued when this returns. */
  static async connect(
    hub: LocalHub,
    workspaceId: string,
    resources: readonly Resource[],
    options: { readonly type?: IntegrationType; readonly config?: object } = {},
  ): Promise<ConnectedWorkspace> {
    const { type = 'hubspot', config } = options;
    const answer = await fetch(`${hub.apiUrl}/v1/workspaces/${workspaceId}/integrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type, config: { resources, defaultCountry: 'GB', ...config } }),
    });
    const { authorizeUrl, integration } = responses.connecting.parse(await answer.json());
    const page = await fetch(await hub.sandbox.approve(authorizeUrl));
    if (!page.ok) throw new Error(`Connecting ${workspaceId} ended with status ${page.status}`);
    return new ConnectedWorkspace(hub, workspaceId, integration.integrationId);
  }

  /** Waits for the newest run to end and returns it. */
  async lastRun(): Promise<SyncRun> {
    const deadline = Date.now() + RUN_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const { runs } = await this.#get(responses.runs, `integrations/${this.#integrationId}/syncs`);
      const [run] = runs;
      if (run?.status === 'completed') return run;
      if (run && TERMINAL_STATUSES.has(run.status)) throw new Error(`The run ended as ${run.status}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`No run has ended within ${RUN_TIMEOUT_MS} ms`);
  }

  lookUp(phone: string): Promise<z.infer<typeof responses.lookup>> {
    return this.#get(responses.lookup, `contacts/lookup?phone=${encodeURIComponent(phone)}&deadlineMs=5000`);
  }

  availability(query: Readonly<Record<string, string>>): Promise<z.infer<typeof responses.availability>> {
    return this.#get(responses.availability, `availability?${new URLSearchParams(query)}`);
  }

  async #get<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.infer<Schema>> {
    const answer = await fetch(`${this.#hub.apiUrl}/v1/workspaces/${this.#workspaceId}/${path}`);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return schema.parse(await answer.json());
  }
}
