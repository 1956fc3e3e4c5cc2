/**
 * A channel through which a provider reports changes of one account, or of one of its calendars. It is opened for that
 * account alone and ends by itself, so another one must be there before.
 */
export interface PushChannel {
  /** Ours, made for this channel. */
  readonly channelId: string;
  /** What is watched, in the connector's terms: a calendar's id, for example. */
  readonly subject: string;
  /** SHA-256, hex, of the secret that every notification must show. The secret itself is known to the provider alone. */
  readonly secretHash: string;
  /** The provider's name for it; null as long as its answer to the opening is not known. */
  readonly providerId: string | null;
  /** Where it leads: the hub may have moved to another address since. */
  readonly address: string;
  /** Epoch ms: when it ends, as the provider says, or as it was asked for. */
  readonly expiresAt: number;
  /** Epoch ms: when another one is to take its place. In the past: since then somebody has doubted that it works. */
  readonly renewAt: number;
}

/** All channels of one integration. */
export interface PushChannels {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly channels: readonly PushChannel[];
  /** Epoch ms: when somebody should look after them again. */
  readonly checkAt: number;
  /** Raised by every write; writers compare and set. 0: not stored yet. */
  readonly version: number;
}
