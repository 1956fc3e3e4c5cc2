import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { HubSpotTruth } from '../../sandbox/hubspot/hubspot-control.ts';
import { findStage, newDealPipelines } from '../../sandbox/hubspot/pipelines.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes, DemoScenario, PeopleScenario, Person, TrueRecord } from '../demo-scenario.ts';
import { type AccountState, changeLittle, changeMuch, RENAMED_STAGE } from './hubspot-changes.ts';
import {
  internationalNumbers,
  mirroredContactFields,
  mirroredDealFields,
  trueContactFields,
  trueDealFields,
} from './hubspot-fields.ts';
import { choosePeople, unusedPhone } from './hubspot-people.ts';

const settingsSchema = z.looseObject({ searchLagMs: z.number() });
/** Beyond the lag itself: clocks tick in ms. */
const LAG_MARGIN_MS = 100;

/** HubSpot's part of the demo. */
export class HubSpotScenario implements DemoScenario {
  readonly resources = ['contacts', 'deals'] as const;
  readonly config = { defaultCountry: 'GB', timeZone: 'Europe/London' } as const;
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await this.#all('contacts')),
    create: () => this.#createPerson(),
    count: (query) => this.#countPeople(query),
  };
  readonly #sandbox: SandboxClient;
  /** The account's own, as far as the demo knows them: it does the renaming itself. */
  readonly #pipelines = newDealPipelines();
  #archived: readonly string[] = [];

  constructor(sandbox: SandboxClient) {
    this.#sandbox = sandbox;
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    for await (const record of this.#sandbox.hubspot.truth(resourceOf(resource))) {
      const { id, updatedAt } = record;
      const fields = resource === 'deals' ? trueDealFields(record, this.#pipelines) : trueContactFields(record);
      yield { id, updatedAt, fields };
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    const fields = record.resource === 'deals' ? mirroredDealFields(record) : mirroredContactFields(record);
    return { id: record.id, fields };
  }

  async changeMuch(): Promise<Changes> {
    const { archived, ...changes } = await changeMuch(this.#sandbox.hubspot, await this.#account());
    this.#archived = archived;
    const stage = findStage(this.#pipelines, RENAMED_STAGE.id);
    if (stage) stage.label = RENAMED_STAGE.label;
    await this.#untilSearchShowsIt();
    return changes;
  }

  async changeLittle(): Promise<Changes> {
    const changes = await changeLittle(this.#sandbox.hubspot, await this.#account(), this.#archived);
    await this.#untilSearchShowsIt();
    return changes;
  }

  async #createPerson(): Promise<Person> {
    const person = { phone: unusedPhone(200), email: 'just.walked.in@new.example' };
    const { id } = await this.#sandbox.hubspot.create('contacts', {
      firstname: 'Just',
      lastname: 'Walkedin',
      ...person,
    });
    await this.#untilSearchShowsIt();
    return { id, ...person };
  }

  async #countPeople({ phone, email }: { phone?: string; email?: string }): Promise<number> {
    const contacts = await this.#all('contacts');
    return contacts.filter(
      ({ properties }) =>
        (phone === undefined || internationalNumbers(properties).includes(phone)) &&
        (email === undefined || properties.email === email),
    ).length;
  }

  async #account(): Promise<AccountState> {
    const [contacts, deals] = await Promise.all([this.#all('contacts'), this.#all('deals')]);
    return { contacts, deals };
  }

  async #all(resource: 'contacts' | 'deals'): Promise<HubSpotTruth[]> {
    const records: HubSpotTruth[] = [];
    for await (const record of this.#sandbox.hubspot.truth(resource)) records.push(record);
    return records;
  }

  async #untilSearchShowsIt(): Promise<void> {
    const { searchLagMs } = settingsSchema.parse(await this.#sandbox.settings('hubspot'));
    await sleep(searchLagMs + LAG_MARGIN_MS);
  }
}

function resourceOf(resource: Resource): 'contacts' | 'deals' {
  if (resource === 'contacts' || resource === 'deals') return resource;
  throw new DemoError(`HubSpot has no ${resource}`);
}
