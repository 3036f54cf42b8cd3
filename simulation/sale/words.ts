import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';

export const eventInWords = ({ revision, decoded }: RecordedEvent): string => {
  if (!decoded.ok) return `${revision} unreadable`;
  const { type, data } = decoded.event;
  const ticket = 'ticketNumber' in data ? ` ${data.ticketNumber}` : '';
  const quantity = 'quantity' in data ? ` ${data.quantity}` : '';
  const about = `${ticket}${quantity}${'customerId' in data ? ` ${data.customerId}` : ''}`;
  return `${revision} ${type}${about}`;
};

export function outcomeInWords(outcome: { readonly kind: string }): string {
  if ('refusal' in outcome) return (outcome.refusal as { readonly reason: string }).reason;
  if ('problem' in outcome) return `${outcome.kind} (${String(outcome.problem)})`;
  return outcome.kind;
}
