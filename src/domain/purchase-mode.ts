/** How load, decide and append are arranged for purchases. All modes run the same deciders. */
export const purchaseModes = ['unsafe', 'optimistic', 'lock', 'lock-cache', 'batch', 'queue'] as const;

export type PurchaseMode = (typeof purchaseModes)[number];
