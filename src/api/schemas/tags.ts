/** The groups of operations in the API document, and what each is about. */
export const tagDescriptions = {
  Purchases: 'Buying tickets, and what became of it.',
  Holds: 'Tickets taken out of the stock for a time, to be paid for.',
  'Waiting list': 'Customers who get tickets that come back.',
  Concerts: 'What is on sale, and how the sale goes.',
  Operations: 'The state of the service, and audits.',
  Problems: 'What each type of error means.',
  Documentation: 'This document.',
  Page: 'What people see in a browser.',
} as const;

export type Tag = keyof typeof tagDescriptions;
