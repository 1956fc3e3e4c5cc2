import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { type ComparableRecord, type Comparison, compareRecords, describeDifferences } from '../compare-records.ts';
import type { ConnectedContext } from '../demo-context.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import type { StepView } from './steps.ts';

const SHOWN_DIFFERENCES = 10;
const COMPARE_LIMIT_MS = 5 * 60_000;

/**
 * Holds the mirror against the provider's truth, record by record and field by field. Fails at any difference, except
 * for records that `unseen` names: those are shown.
 */
export async function compareMirror(
  context: ConnectedContext,
  title: string,
  unseen: Changes['unseen'] = [],
): Promise<void> {
  const work = async (view: StepView): Promise<void> => {
    const comparisons: Comparison[] = [];
    for (const resource of context.scenario.resources) {
      const { scenario } = context;
      comparisons.push(await compareRecords(resource, scenario.truth(resource), mirrorOf(context, resource)));
    }
    context.findings.comparisons = comparisons;
    report(comparisons, unseen, view);
  };
  await context.steps.run(title, work, COMPARE_LIMIT_MS);
}

/** The mirror in comparable form; every number in it must be a real one. */
async function* mirrorOf(
  { mirror, scenario, scope }: ConnectedContext,
  resource: Resource,
): AsyncGenerator<ComparableRecord> {
  for await (const record of mirror.records(scope, resource)) {
    for (const { e164 } of contactSchema.safeParse(record.data).data?.phones ?? []) {
      if (e164 === null || parsePhoneNumberFromString(e164)?.number === e164) continue;
      throw new DemoError(`a phone number of ${resource} ${record.id} is no E.164 number`);
    }
    yield scenario.comparable(record);
  }
}

function report(comparisons: readonly Comparison[], unseen: Changes['unseen'], view: StepView): void {
  const records = comparisons.map(({ truth, resource }) => `${count(truth)} ${resource}`).join(', ');
  const values = comparisons.reduce((sum, comparison) => sum + comparison.values, 0);
  const all = comparisons.flatMap(({ resource, differences }) => differences.map((one) => ({ resource, ...one })));
  const expected = all.filter((one) => unseen.some(({ resource, id }) => resource === one.resource && id === one.id));
  const faults = all.filter((one) => !expected.includes(one));

  for (const { resource, id, kind } of expected) {
    const why = unseen.find((known) => known.resource === resource && known.id === id)?.why;
    view.note(`${kind}, to be seen by the next full sync: ${resource} ${id}, ${why}`);
  }
  for (const { resource, id, kind, fields } of faults.slice(0, SHOWN_DIFFERENCES)) {
    view.note(`${kind}: ${resource} ${id}${fields.length === 0 ? '' : ` in ${fields.join(', ')}`}`);
  }
  if (faults.length > SHOWN_DIFFERENCES) view.note(`and ${count(faults.length - SHOWN_DIFFERENCES)} more`);
  if (faults.length > 0) {
    const where = comparisons.map(
      ({ resource, differences }) => `${resource}: ${describeDifferences(differences) || 'none'}`,
    );
    throw new DemoError(`${count(faults.length)} differences (${where.join('; ')})`);
  }
  const found = expected.length === 0 ? 'no difference' : `${describeDifferences(expected)}, as expected`;
  view.done(`${records}; ${count(values)} values compared, ${found}`);
}
