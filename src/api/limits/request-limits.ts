import type { Quota, SharedLimit, Standing } from '../../redis/shared-limit.js';
import type { Principal } from '../access/principal.js';
import type { Context } from '../http/context.js';
import { ProblemError } from '../problems/problem.js';
import { tooManyRequests } from '../problems/refusals.js';
import type { RequestSource } from './client-address.js';

/** What is limited, as `RateLimit-Policy` names it. */
export type Policy = 'customer' | 'address' | 'purchases';

export interface Limit extends Quota {
  readonly policy: Policy;
  readonly counter: Pick<SharedLimit, 'over' | 'take'>;
}

export interface LimitRules {
  /** Requests of a customer, where access is guarded: an id that nobody has checked could be anybody's. */
  readonly customer: Limit | null;
  /** Requests from an address; those of operators are not counted. */
  readonly address: Limit | null;
  /** Purchases from an address, whoever makes them: many accounts behind one address buy no more than this. */
  readonly purchases: Limit | null;
  /** Null where nobody has said which addresses are those of clients; then none is limited. */
  readonly addressOf: ((source: RequestSource) => string) | null;
  readonly onLimited: (policy: Policy) => void;
}

export const noLimits: LimitRules = {
  ...{ customer: null, address: null, purchases: null, addressOf: null },
  onLimited() {},
};

/**
 * Limits on what one customer and one address may ask for. A request that is not near a limit costs a look-up in memory.
 * The names of the headers are those of draft-ietf-httpapi-ratelimit-headers-09.
 */
export class RequestLimits {
  constructor(private readonly rules: LimitRules) {}

  /** Before anything else is done for a request. @throws {ProblemError} where its address is known to be over the limit */
  refuseKnown(ctx: Context): void {
    const { address } = this.rules;
    if (address === null) return;
    const over = address.counter.over(this.#addressOf(ctx));
    if (over !== null) this.#refuse(ctx, address, over);
  }

  /** Counts a request when it is known who asks, at once where no limit is near. @throws {ProblemError} where that is one too many */
  count(ctx: Context, principal: Principal | null): Promise<void> | undefined {
    if (principal?.isOperator === true) return undefined;
    const { address, customer } = this.rules;
    const byCustomer = () =>
      customer === null || principal === null ? undefined : this.#count(ctx, customer, principal.subject);
    const byAddress = address === null ? undefined : this.#count(ctx, address, this.#addressOf(ctx));
    return byAddress === undefined ? byCustomer() : byAddress.then(byCustomer);
  }

  /** @throws {ProblemError} where as many purchases as may be were made from the request's address */
  refusePurchase(ctx: Context, principal: Principal | null): void {
    const { purchases } = this.rules;
    if (purchases === null || principal?.isOperator === true) return;
    const over = purchases.counter.over(this.#addressOf(ctx));
    if (over !== null) this.#refuse(ctx, purchases, over);
  }

  /** Counts a purchase that was made. Its answer waits for nothing. */
  countPurchase(ctx: Context, principal: Principal | null): void {
    const { purchases } = this.rules;
    if (purchases === null || principal?.isOperator === true) return;
    void purchases.counter.take(this.#addressOf(ctx));
  }

  #count(ctx: Context, limit: Limit, key: string): Promise<void> | undefined {
    return limit.counter.take(key)?.then((standing) => {
      if (standing.isOver) this.#refuse(ctx, limit, standing);
      tell(ctx, limit, standing);
    });
  }

  #refuse(ctx: Context, limit: Limit, standing: Standing): never {
    this.rules.onLimited(limit.policy);
    tell(ctx, limit, standing);
    throw new ProblemError(tooManyRequests(limit.policy, standing.resetSeconds));
  }

  #addressOf({ req, state }: Context): string {
    state.address ??=
      this.rules.addressOf?.({
        peer: req.socket.remoteAddress,
        forwardedFor: req.headers['x-forwarded-for'] as string | undefined,
      }) ?? '';
    return state.address;
  }
}

function tell(ctx: Context, { policy, quota, windowSeconds }: Limit, standing: Standing): void {
  ctx.append('RateLimit-Policy', `"${policy}";q=${quota};w=${windowSeconds}`);
  ctx.append('RateLimit', `"${policy}";r=${standing.remaining};t=${standing.resetSeconds}`);
}
