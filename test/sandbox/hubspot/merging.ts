import { compact, withCalculated } from './properties.ts';
import type { HubSpotRecord } from './records.ts';
import type { HubSpotStore } from './store.ts';

/**
 * Merges the second record into the first. By default a new record comes out and both old ids lead to it; portals that
 * keep the primary's id have one old id only. The primary's values win.
 */
export function mergeRecords(store: HubSpotStore, primary: HubSpotRecord, secondary: HubSpotRecord): HubSpotRecord {
  const first = primary.current.properties;
  const second = secondary.current.properties;
  const keepsId = store.settings.mergeKeepsPrimaryId;
  const mergedIds = [
    ...list(first.hs_merged_object_ids),
    ...(keepsId ? [] : [String(primary.id)]),
    ...list(second.hs_merged_object_ids),
    String(secondary.id),
  ];
  const otherEmails = [...list(first.hs_additional_emails), second.email ?? '', ...list(second.hs_additional_emails)];
  const properties = withCalculated(
    primary.type,
    compact({
      ...second,
      ...first,
      hs_merged_object_ids: mergedIds.join(';'),
      hs_additional_emails: [...new Set(otherEmails)]
        .filter((email) => email !== '' && email !== (first.email ?? second.email))
        .join(';'),
    }),
    store.pipelines,
  );
  if (keepsId) {
    store.absorb(secondary, primary);
    store.change(primary, properties, store.clock.now());
    return primary;
  }
  // The old records let go of their addresses before the new one takes them.
  const survivor = store.create(primary.type, {}, [], Math.min(primary.createdAt, secondary.createdAt));
  store.absorb(primary, survivor);
  store.absorb(secondary, survivor);
  store.change(survivor, properties, store.clock.now());
  return survivor;
}

function list(value: string | undefined): string[] {
  return (value ?? '').split(';').filter((item) => item !== '');
}
