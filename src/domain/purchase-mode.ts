/** How load, decide and append are arranged for purchases. All modes run the same deciders. */
export const purchaseModes = ['unsafe', 'optimistic', 'lock', 'lock-cache', 'batch', 'queue'] as const;

export type PurchaseMode = (typeof purchaseModes)[number];

/** Modes that promise something which only Redis can give: a lock per purchase, a look at the stock, an order of arrival. */
export const needsRedis = (mode: PurchaseMode): boolean =>
  mode === 'lock' || mode === 'lock-cache' || mode === 'queue';
