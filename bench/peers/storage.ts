/** Where a peer keeps its stock. Everything around it is the same for all of them. */
export interface PeerStorage {
  schedule(concertId: string, capacity: number): Promise<void>;
  buy(request: PeerRequest): Promise<Bought>;
  /** What is stored for good; null where nothing is. Waits until nothing is on its way. */
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
  /** To be decided later. */
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
