import { isDeepStrictEqual } from 'node:util';
import type { ConnectedContext } from '../demo-context.ts';
import { expectThat } from '../demo-error.ts';
import type { PeopleScenario } from '../demo-scenario.ts';
import { milliseconds } from '../format.ts';
import type { LookupAnswer } from '../hub-api.ts';
import type { StepView } from './steps.ts';

interface Expected {
  readonly outcome: LookupAnswer['outcome'];
  readonly via: 'mirror' | 'live';
  readonly ids: readonly string[];
}

/** A patient caller: a provider that was made slow on purpose must not fail the demo. */
const LIVE_DEADLINE_MS = '10000';

/** Looks one caller up as a voice agent does and checks the answer. Answers what the caller waited, in ms. */
export async function lookUp(
  { api, findings }: ConnectedContext,
  query: Readonly<Record<string, string>>,
  expected: Expected,
): Promise<number> {
  const begin = performance.now();
  const answer = await api.lookup(expected.via === 'live' ? { ...query, deadlineMs: LIVE_DEADLINE_MS } : query);
  const durationMs = performance.now() - begin;
  const via = answer.sources.map((source) => source.via).join(', ');
  const ids = answer.matches.map(({ contact }) => contact.id);
  const asked = Object.values(query).join(' and ');
  expectThat(
    answer.outcome === expected.outcome &&
      via === expected.via &&
      isDeepStrictEqual(ids.toSorted(), [...expected.ids].toSorted()),
    `the look-up of ${asked} answered ${answer.outcome} via ${via} (${ids.length} matches), ` +
      `not ${expected.outcome} via ${expected.via} (${expected.ids.length})`,
  );
  findings.lookups.push({ via: expected.via, durationMs });
  return durationMs;
}

/** Who is calling? Every way in which a caller can be known, or not. */
export async function lookUpCallers(context: ConnectedContext, people: PeopleScenario): Promise<void> {
  const { steps } = context;
  const sample = await steps.run('Choose people to look up', () => people.sample());
  const { caller, secondAddress, shared, unknownPhones } = sample;

  await steps.run('Look a caller up by phone', async (view) => {
    const ids = [caller.id];
    for (const phone of caller.phones) await lookUp(context, { phone }, { outcome: 'found', via: 'mirror', ids });
    view.done(`the same person for ${caller.phones.map((phone) => `"${phone}"`).join(' ')}`);
  });
  await steps.run('Look people up by e-mail', async (view) => {
    await lookUp(context, { email: caller.email.toUpperCase() }, { outcome: 'found', via: 'mirror', ids: [caller.id] });
    if (secondAddress) {
      const { id, email } = secondAddress;
      await lookUp(context, { email }, { outcome: 'found', via: 'mirror', ids: [id] });
    }
    view.done(secondAddress ? 'by the main and by a second address' : 'in whatever case it is written');
  });
  await steps.run('Look a shared number up', async (view) => {
    await lookUp(context, { phone: shared.phone }, { outcome: 'ambiguous', via: 'mirror', ids: shared.ids });
    view.done(`ambiguous, with all ${shared.ids.length} who have it`);
  });
  await steps.run('Look an unknown number up', async (view) => {
    const [phone = ''] = unknownPhones;
    const took = await lookUp(context, { phone }, { outcome: 'not_found', via: 'live', ids: [] });
    view.done(`not found, after the provider was asked live (${milliseconds(took)})`);
  });
  await steps.run('Look somebody up who is new at the provider', (view) => lookUpNewcomer(context, people, view));
}

async function lookUpNewcomer(context: ConnectedContext, people: PeopleScenario, view: StepView): Promise<void> {
  const { id, phone, email } = await people.create();
  const live = await lookUp(context, { phone }, { outcome: 'found', via: 'live', ids: [id] });
  const mirrored = await lookUp(context, { email }, { outcome: 'found', via: 'mirror', ids: [id] });
  view.done(`found live (${milliseconds(live)}), and remembered: then from the mirror (${milliseconds(mirrored)})`);
}
