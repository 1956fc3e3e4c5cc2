import * as z from 'zod';

/** Kinds of record that a connector can sync into the mirror. */
export const RESOURCES = [
  'contacts',
  'deals',
  'opportunities',
  'customers',
  'clients',
  'appointments',
  'classes',
  'services',
  'staff',
] as const;

export const resourceSchema = z.enum(RESOURCES);
export type Resource = z.infer<typeof resourceSchema>;

/** Resources whose records are people and can be looked up by phone or e-mail address. */
export const PEOPLE_RESOURCES: ReadonlySet<Resource> = new Set<Resource>(['contacts', 'customers', 'clients']);
