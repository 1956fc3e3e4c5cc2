import type { SandboxClock } from '../mechanics/clock.ts';
import { newDealPipelines } from './pipelines.ts';
import type { HubSpotSettings } from './settings.ts';
import { HubSpotStore } from './store.ts';

/** One HubSpot account ("portal") with its records. */
export interface Portal {
  readonly hubId: number;
  readonly name: string;
  readonly accountType: 'STANDARD' | 'SANDBOX';
  readonly userId: number;
  readonly store: HubSpotStore;
}

export function newPortals(clock: SandboxClock, settings: HubSpotSettings): [Portal, Portal] {
  const store = (): HubSpotStore => new HubSpotStore(newDealPipelines(), clock, settings);
  return [
    { hubId: 48127733, name: 'Marlow & Finch Salon', accountType: 'STANDARD', userId: 61500442, store: store() },
    {
      hubId: 48127734,
      name: 'Marlow & Finch (test account)',
      accountType: 'SANDBOX',
      userId: 61500442,
      store: store(),
    },
  ];
}
