/** Shapes of stored secrets. */
import * as z from 'zod';
import type { SealedSecret, StoredCredential } from '../core/model/credential.ts';

export const sealedSecretSchema: z.ZodType<SealedSecret> = z.object({
  v: z.literal(1),
  edk: z.string(),
  iv: z.string(),
  ct: z.string(),
  tag: z.string(),
});

/**
 * `tokenExpiresAt`, not `expiresAt`: that is the table's TTL attribute, and DynamoDB would delete the credential.
 */
export const storedCredentialSchema = z
  .object({
    version: z.number(),
    sealed: sealedSecretSchema,
    tokenExpiresAt: z.number().nullable(),
    refreshOwner: z.string().optional(),
    refreshUntil: z.number().optional(),
  })
  .transform(
    (item): StoredCredential => ({
      version: item.version,
      sealed: item.sealed,
      expiresAt: item.tokenExpiresAt,
      refresh:
        item.refreshOwner === undefined || item.refreshUntil === undefined
          ? null
          : { owner: item.refreshOwner, until: item.refreshUntil },
    }),
  );
