/** The storage of a peer. Everything around it is the same for all peers. */
export interface PeerStorage {
  schedule(concertId: string, capacity: number): Promise<void>;
  buy(request: PeerRequest): Promise<Bought>;
  /** The stored sales; null where none are stored. Waits until no sale is on its way. */
  sold(concertId: string): Promise<readonly PeerSale[] | null>;
  close(): Promise<void>;
}

export interface PeerRequest {
  readonly concertId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly key: string;
}

export type Bought =
  | { readonly kind: 'accepted'; readonly purchaseId: string; readonly ticketNumber: number }
  | { readonly kind: 'sold-out' }
  | { readonly kind: 'limit-reached' }
  /** The purchase is decided later. */
  | { readonly kind: 'queued' };

export interface PeerSale {
  readonly key: string;
  readonly customerId: string;
  readonly purchaseId: string;
  readonly ticketNumber: number;
}

export interface PeerServers {
  readonly eventStoreUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly namespace: string;
}
