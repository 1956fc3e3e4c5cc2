import type { LocalHub } from '../local-hub/start-local-hub.ts';
import { ConnectedWorkspace } from './connected-workspace.ts';
import { type Measurement, median, timed } from './measurement.ts';

const QUESTIONS = 30;
const WARM_UP = 5;
const DAY_MS = 24 * 60 * 60_000;
const OPEN = [{ from: '09:00', to: '18:00' }];
const EVERY_DAY = Object.fromEntries(
  ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, OPEN]),
);

/**
 * A week's free times in a calendar, through the API and the real function, against the provider's answers that they
 * are computed from: what the hub adds to them.
 */
export async function measureFreeTimes(hub: LocalHub, latencyMs: number): Promise<Measurement> {
  const workspace = await ConnectedWorkspace.connect(hub, 'bench-calendar', ['appointments', 'staff'], {
    type: 'google_calendar',
    config: { timeZone: 'Europe/London', booking: { openingHours: EVERY_DAY, slotIntervalMinutes: 15 } },
  });
  await workspace.lastRun();
  const from = Date.now() + 2 * DAY_MS;
  const query = { from: new Date(from).toISOString(), to: new Date(from + 7 * DAY_MS).toISOString() };

  const times: number[] = [];
  let callsBefore = 0;
  for (let question = 0; question < WARM_UP + QUESTIONS; question += 1) {
    if (question === WARM_UP) callsBefore = await calls(hub);
    const took = await timed(() => workspace.availability(query));
    if (question >= WARM_UP) times.push(took);
  }
  const perQuestion = ((await calls(hub)) - callsBefore) / QUESTIONS;
  const ours = median(times);
  const bound = perQuestion * latencyMs;
  return {
    what: 'a week of free times in a calendar, hub : provider',
    ours: `${ours.toFixed(1)} ms median of ${QUESTIONS}`,
    against: `${perQuestion.toFixed(1)} answers × ${latencyMs} ms = ${bound.toFixed(0)} ms`,
    ratio: ours / bound,
    aim: 'at most 1.5',
  };
}

async function calls(hub: LocalHub): Promise<number> {
  return (await hub.sandbox.counters()).google_calendar?.total ?? 0;
}
