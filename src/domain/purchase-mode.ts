/** The purchase modes: arrangements of load, decide and append. All modes use the same deciders. */
export const purchaseModes = ['unsafe', 'optimistic', 'lock', 'lock-cache', 'batch', 'queue'] as const;

export type PurchaseMode = (typeof purchaseModes)[number];

/** Modes that promise what only Redis provides: a lock per purchase, a shared stock, an order of arrival. */
export const needsRedis = (mode: PurchaseMode): boolean =>
  mode === 'lock' || mode === 'lock-cache' || mode === 'queue';
