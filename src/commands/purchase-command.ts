import { purchaseIdOf } from '../domain/ids.js';
import { type PurchaseResult, type PurchaseTickets, purchaseTickets, wouldSell } from '../domain/purchase.js';
import type { PurchaseRequest } from './commands.js';
import type { Command } from './pending-command.js';

export function purchaseCommand(request: PurchaseRequest, queueId?: string): Command<PurchaseResult> {
  const { concertId, customerId, quantity, idempotencyKey, arrivedAt } = request;
  const purchaseId = purchaseIdOf(concertId, idempotencyKey);
  const command: PurchaseTickets = {
    purchaseId,
    customerId,
    quantity,
    idempotencyKey,
    arrivedAt,
    ...(queueId === undefined ? {} : { queueId }),
  };
  return {
    concertId,
    ...(request.trace === undefined ? {} : { trace: request.trace }),
    size: quantity,
    purchaseId,
    decide: (concert, now, recalled) => purchaseTickets(command, concert, now, recalled),
    needsEvent: (concert) => wouldSell(command, concert),
  };
}
