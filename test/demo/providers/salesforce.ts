import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { SalesforceControl, type SalesforceTruth } from '../../sandbox/salesforce/salesforce-control.ts';
import type { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { ComparableRecord } from '../compare-records.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes, DemoPeople, DemoScenario, PeopleScenario, Person, TrueRecord } from '../demo-scenario.ts';
import { unusedPhone, waysToWrite } from './hubspot-people.ts';
import { changeLittle, changeMuch, type OrgState } from './salesforce-changes.ts';
import {
  mirroredContactFields,
  mirroredOpportunityFields,
  numbersOf,
  trueContactFields,
  trueOpportunityFields,
} from './salesforce-fields.ts';

/** Salesforce's part of the demo. */
export class SalesforceScenario implements DemoScenario {
  readonly resources = ['contacts', 'opportunities'] as const;
  readonly config = { defaultCountry: 'GB', timeZone: 'Europe/London' } as const;
  readonly people: PeopleScenario = {
    sample: async () => choosePeople(await this.#all('contacts')),
    create: () => this.#createPerson(),
    count: (query) => this.#countPeople(query),
  };
  readonly #salesforce: SalesforceControl;
  #binned: readonly string[] = [];

  constructor(sandbox: SandboxClient) {
    this.#salesforce = new SalesforceControl(sandbox);
  }

  async *truth(resource: Resource): AsyncGenerator<TrueRecord> {
    for await (const record of this.#salesforce.truth(resourceOf(resource))) {
      const fields = resource === 'opportunities' ? trueOpportunityFields(record) : trueContactFields(record);
      yield { id: record.id, updatedAt: record.updatedAt, fields };
    }
  }

  comparable(record: MirrorRecord): ComparableRecord {
    const { id, resource } = record;
    const fields = resource === 'opportunities' ? mirroredOpportunityFields(record) : mirroredContactFields(record);
    return { id, fields };
  }

  async changeMuch(): Promise<Changes> {
    const { binned, ...changes } = await changeMuch(this.#salesforce, await this.#org());
    this.#binned = binned;
    return changes;
  }

  async changeLittle(): Promise<Changes> {
    return changeLittle(this.#salesforce, await this.#org(), this.#binned);
  }

  /** Salesforce's search will not show this person for a quarter of an hour. */
  async #createPerson(): Promise<Person> {
    const phone = unusedPhone(200);
    const email = 'just.walked.in@new.example';
    const national = `0${phone.slice('+44'.length)}`;
    const fields = { FirstName: 'Just', LastName: 'Walkedin', Email: email, MobilePhone: national };
    const { id } = await this.#salesforce.create('Contact', fields);
    return { id, phone, email };
  }

  async #countPeople({ phone, email }: { phone?: string; email?: string }): Promise<number> {
    const contacts = await this.#all('contacts');
    return contacts.filter(
      ({ fields }) =>
        (phone === undefined || numbersOf(fields).includes(phone)) && (email === undefined || fields.Email === email),
    ).length;
  }

  async #org(): Promise<OrgState> {
    const [contacts, opportunities] = await Promise.all([this.#all('contacts'), this.#all('opportunities')]);
    return { contacts, opportunities };
  }

  async #all(resource: 'contacts' | 'opportunities'): Promise<SalesforceTruth[]> {
    const records: SalesforceTruth[] = [];
    for await (const record of this.#salesforce.truth(resource)) records.push(record);
    return records;
  }
}

/** Somebody with one British mobile number of their own, and a number that several share. */
function choosePeople(contacts: readonly SalesforceTruth[]): DemoPeople {
  const numbers = contacts.flatMap(({ id, fields }) => numbersOf(fields).map((phone) => ({ id, phone })));
  const byPhone = Map.groupBy(numbers, ({ phone }) => phone);
  const unused = unusedPhone(0).slice(0, -3);
  const caller = contacts.findLast(({ fields }) => {
    const [phone = '', ...others] = numbersOf(fields);
    const seeded = /^\+447\d{9}$/.test(phone) && !phone.startsWith(unused);
    return seeded && others.length === 0 && byPhone.get(phone)?.length === 1 && fields.Email;
  });
  const shared = [...byPhone].find(([, people]) => people.length > 1);
  if (!caller || !shared) throw new DemoError('the org has nobody who fits the look-ups');
  const [phone = ''] = numbersOf(caller.fields);
  return {
    caller: { id: caller.id, phones: waysToWrite(phone), email: String(caller.fields.Email) },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

function resourceOf(resource: Resource): 'contacts' | 'opportunities' {
  if (resource === 'contacts' || resource === 'opportunities') return resource;
  throw new DemoError(`Salesforce has no ${resource}`);
}
