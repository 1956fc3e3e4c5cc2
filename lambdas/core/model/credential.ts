/** The decrypted OAuth tokens of one integration. Lives in memory only. */
export interface OAuthTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Epoch ms; null when the provider's tokens do not expire. */
  readonly expiresAt: number | null;
  readonly scopes: readonly string[];
}

/** An envelope-encrypted secret. Its encryption context is not in it: the reader supplies the one it expects. */
export interface SealedSecret {
  readonly v: 1;
  /** The data key, encrypted by KMS (base64). */
  readonly edk: string;
  /** AES-256-GCM parts (base64). */
  readonly iv: string;
  readonly ct: string;
  readonly tag: string;
}

/** What a ciphertext is bound to: moved anywhere else, it does not decrypt. */
export interface SealContext {
  readonly workspace: string;
  readonly integration: string;
  readonly provider: string;
  readonly purpose: string;
}

/** The stored credential of one integration. `version` rises with every save; savers compare and set. */
export interface StoredCredential {
  readonly version: number;
  readonly sealed: SealedSecret;
  /** Epoch ms of the access token's expiry, in the clear so that nobody needs to decrypt to know. */
  readonly expiresAt: number | null;
  readonly refresh: { readonly owner: string; readonly until: number } | null;
}
