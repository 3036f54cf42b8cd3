import { customer } from '../../access/guards.js';
import { askReadModel } from '../../reading/or-unavailable.js';
import { linked } from '../../reading/page-link.js';
import { pageToJson } from '../../reading/views.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import * as replies from '../../schemas/replies.js';
import { pageQuery } from '../../schemas/requests.js';

const purchases = route(
  'GET',
  '/customers/:customerId/purchases',
  {
    id: 'listPurchasesOfCustomer',
    guard: customer,
    tag: 'Purchases',
    summary: 'List a customer’s purchases',
    description: 'At all concerts, oldest first.',
    query: pageQuery,
    revalidates: true,
    replies: {
      200: json('A page of purchases.', replies.purchasePage, { items: [examples.shown], next: null }, [
        'Link',
      ]),
    },
    problems: ['unavailable'],
  },
  async (request, { queries }) => {
    const { params, query } = request;
    const found = await askReadModel(queries.purchasesOf(params.customerId, query));
    return { status: 200, body: linked(request, pageToJson(found)) };
  },
);

export const customerRoutes: readonly Route[] = [purchases];
