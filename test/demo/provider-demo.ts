import type { ConnectedContext, DemoContext } from './demo-context.ts';
import { DemoError, expectThat } from './demo-error.ts';
import type { Changes } from './demo-scenario.ts';
import { count } from './format.ts';
import { bookAppointments } from './steps/book-appointments.ts';
import { compareMirror } from './steps/compare.ts';
import { connectProvider, readCatalogue } from './steps/connect.ts';
import { createContacts } from './steps/create-contacts.ts';
import { expireTokens } from './steps/expire-tokens.ts';
import { lookUpCallers } from './steps/lookups.ts';
import { firstSync, requestSync, sumOf } from './steps/sync.ts';

const CHANGE_LIMIT_MS = 120_000;

/** One provider's demo, from the catalogue to the last comparison. */
export async function demonstrate(context: DemoContext): Promise<void> {
  await readCatalogue(context);
  const connected = await connectProvider(context);

  await firstSync(connected);
  await compareMirror(connected, 'Compare the mirror with the provider');

  const { unseen } = await change(connected, 'Change records at the provider', () => connected.scenario.changeMuch());
  await requestSync(connected, 'Incremental sync', 'incremental');
  await compareMirror(connected, 'Compare again', unseen);
  await reconcile(connected, unseen.length);

  if (connected.scenario.people) {
    await lookUpCallers(connected, connected.scenario.people);
    await createContacts(connected, connected.scenario.people);
  }
  await expireTokens(connected);

  if (connected.scenario.booking) await bookAppointments(connected, connected.scenario.booking);

  await change(connected, 'Change a few more records', () => connected.scenario.changeLittle());
  await requestSync(connected, 'Incremental sync', 'incremental');
  await compareMirror(connected, 'Final comparison');
  await checkHealth(connected);
}

async function change({ steps }: ConnectedContext, title: string, work: () => Promise<Changes>): Promise<Changes> {
  return steps.run(
    title,
    async (view) => {
      const changes = await work();
      const [only, ...others] = changes.done;
      if (others.length === 0) view.done(only ?? '');
      else for (const line of changes.done) view.note(line);
      return changes;
    },
    CHANGE_LIMIT_MS,
  );
}

/** A second full sync finds what no incremental one can see, and writes none of the records that it knows already. */
async function reconcile(context: ConnectedContext, unseen: number): Promise<void> {
  const { run } = await requestSync(context, 'Full sync, for what no incremental one can see', 'full');
  await compareMirror(context, 'Compare again');
  await context.steps.run('Check that unchanged records were not rewritten', async (view) => {
    const [seen, upserted, unchanged, deleted] = [
      sumOf(run, 'seen'),
      sumOf(run, 'upserted'),
      sumOf(run, 'unchanged'),
      sumOf(run, 'deleted'),
    ];
    const quiet = upserted === 0 && unchanged === seen && deleted <= unseen;
    expectThat(quiet, `${upserted} of ${seen} records were written, ${deleted} deleted`);
    view.done(`${count(unchanged)} unchanged, 0 written`);
  });
}

async function checkHealth({ api, hub, scope, steps }: ConnectedContext): Promise<void> {
  await steps.run('Check health and dead letters', async (view) => {
    const { health, nextSyncAt } = await api.integration(scope.integrationId);
    expectThat(health.state === 'healthy', `the integration is ${health.state}: ${health.detail}`);
    const letters = await hub.cloud.drainDeadLetters();
    if (letters.length > 0) throw new DemoError(`${letters.length} messages are in the dead-letter queues`);
    view.done(`healthy, next sync ${nextSyncAt}, no dead letters`);
  });
}
