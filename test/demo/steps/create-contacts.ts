import { randomUUID } from 'node:crypto';
import type { ConnectedContext } from '../demo-context.ts';
import { DemoError, expectThat } from '../demo-error.ts';
import type { PeopleScenario } from '../demo-scenario.ts';
import { ProblemError } from '../hub-api.ts';

/** Nobody in the account has this number. */
const NEW_CALLER = { firstName: 'Marguerite', lastName: 'Adeyinka-Holt', phone: '+447500900300' };

/** A repeated write must not happen twice, nor a person be created who is there. */
export async function createContacts({ api, steps }: ConnectedContext, people: PeopleScenario): Promise<void> {
  const key = randomUUID();
  const { newCallerEmail } = people;
  const caller = newCallerEmail === undefined ? NEW_CALLER : { ...NEW_CALLER, email: newCallerEmail };
  await steps.run('Create a contact twice with one key', async (view) => {
    // At the same moment, as when a model repeats a call that takes too long; and once more afterwards.
    const first = await Promise.all([api.createContact(key, caller), api.createContact(key, caller)]);
    const answers = [...first, await api.createContact(key, caller)];
    const ids = new Set(answers.map(({ contact }) => contact.id));
    expectThat(ids.size === 1, `${ids.size} contacts came out`);
    const there = await people.count({ phone: NEW_CALLER.phone });
    expectThat(there === 1, `the provider has ${there} contacts with the number`);
    view.done('two calls at once and one later: the same contact, once at the provider');
  });
  await steps.run('Use the key for somebody else', async (view) => {
    const problem = await api.createContact(key, { ...caller, firstName: 'Margot' }).catch((error: unknown) => error);
    if (!(problem instanceof ProblemError)) throw problem instanceof Error ? problem : new DemoError('it was accepted');
    const { status, code } = problem;
    expectThat(status === 409 && code === 'idempotency_conflict', `it was refused with ${status} ${code}`);
    view.done(`refused: ${status} ${code}`);
  });
  await steps.run('Create a contact who is there already', async (view) => {
    const { caller: known } = await people.sample();
    const { contact, created } = await api.createContact(randomUUID(), { lastName: 'Someone', email: known.email });
    expectThat(contact.id === known.id && !created, `contact ${contact.id} came out, created: ${created}`);
    expectThat((await people.count({ email: known.email })) === 1, 'the provider has the address twice');
    view.done('the existing contact is the answer, created: false');
  });
}
