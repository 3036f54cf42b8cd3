/** Who asks, as a token says it. */
export interface Principal {
  /** The customer's id; for an operator the name of a person or program. */
  readonly subject: string;
  readonly isOperator: boolean;
}

/** Whether a request may buy, read or cancel for this customer. `null` asks an installation with open access. */
export const mayActFor = (principal: Principal | null, customerId: string): boolean =>
  principal === null || principal.isOperator || principal.subject === customerId;

/** The key in the name of the customer who sent it: no other customer's key is ever the same. */
export const scopedKey = (principal: Principal | null, key: string): string =>
  principal === null || principal.isOperator ? key : `${encodeURIComponent(principal.subject)}/${key}`;
