import type { PullRequest } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/salesforce/index.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { SyncType } from '../../../lambdas/core/model/sync-run.ts';
import { ConnectedAccount } from '../mechanics/connected-account.ts';
import { createSalesforce } from './salesforce.ts';
import type { SalesforceTruth } from './salesforce-control.ts';
import type { SalesforcePatch } from './settings.ts';

type Truths = Readonly<Record<'contacts' | 'opportunities' | 'leads', SalesforceTruth>>;

/** For tests: the connector with an org of the sandbox, as the token answer names it. */
export class ConnectedOrg extends ConnectedAccount<Truths> {
  /** @param which the org: 0 is the plain one, 1 has person accounts and several currencies. */
  constructor(options: { contacts?: number; seed?: number; which?: 0 | 1 } & SalesforcePatch = {}) {
    const { contacts = 40, seed = 1, which = 0, ...settings } = options;
    const accountId = which === 0 ? '00D5e0T0000KC1NECW' : '00D5e0T0000KC1OECW';
    super(createSalesforce, { connector: createConnector(), accountId, contacts, seed, settings });
    const id = `https://login.salesforce.com/id/${accountId}/0055e0T0000KC1UEAW`;
    const attributes = { instance_url: this.provider.origins[2 + which] ?? '', id };
    this.account = { id: accountId, name: null, attributes };
  }

  override edit<T = { id: string }>(name: string, input: object): T {
    return super.edit(name, { account: this.accountId, ...input });
  }
}

/** A mirror of one resource as the engine keeps it. Each page's cursor goes through JSON, as between two processes. */
export class SmallMirror {
  readonly records = new Map<string, SourceRecord>();
  readonly org: ConnectedOrg;
  readonly resource: 'contacts' | 'opportunities';
  feedState: Json | null = null;
  /** What the runs were: an incremental one may turn into a full one. */
  readonly modes: SyncType[] = [];
  readonly rejected: string[] = [];
  #completeUntil: string | null = null;

  constructor(org: ConnectedOrg, resource: 'contacts' | 'opportunities' = 'contacts') {
    this.org = org;
    this.resource = resource;
  }

  /** @param crashes how often the first pages are pulled, as after a crash that lost the checkpoint. */
  async sync(wanted: SyncType, crashes = 0): Promise<void> {
    const until = new Date(this.org.clock.now()).toISOString();
    let mode: SyncType = this.#completeUntil === null ? 'full' : wanted;
    const seen = new Set<string>();
    let feedState = this.feedState;
    for (let cursor: Json | null = null, page = 0; ; page += 1) {
      const since =
        mode === 'full' || this.#completeUntil === null
          ? null
          : new Date(Date.parse(this.#completeUntil) - 10 * 60_000).toISOString();
      const request: PullRequest = { resource: this.resource, mode, since, until, feedState: this.feedState, cursor };
      const answer = await this.org.connector.syncData?.(this.org.session('background_read'), request);
      if (!answer) throw new Error('there is no syncData');
      if (answer.fullRequired) {
        mode = 'full';
        cursor = null;
        continue;
      }
      for (const record of answer.records) this.#write(record);
      for (const { id } of [...answer.records, ...answer.rejected]) seen.add(id);
      this.rejected.push(...answer.rejected.map(({ reason }) => reason));
      const written = new Set(answer.records.map(({ id }) => id));
      for (const id of answer.deletedIds) if (!written.has(id)) this.records.delete(id);
      feedState = answer.feedState ?? feedState;
      if (page < crashes) continue;
      if (answer.next === null) break;
      cursor = JSON.parse(JSON.stringify(answer.next));
    }
    if (mode === 'full') for (const id of this.records.keys()) if (!seen.has(id)) this.records.delete(id);
    this.feedState = JSON.parse(JSON.stringify(feedState));
    this.#completeUntil = until;
    this.modes.push(mode);
  }

  #write(record: SourceRecord): void {
    const known = this.records.get(record.id);
    if (known?.updatedAt && record.updatedAt && record.updatedAt < known.updatedAt) return;
    this.records.set(record.id, record);
  }
}
