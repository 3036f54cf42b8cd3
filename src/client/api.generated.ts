// Made by `npm run client:types` from the API document; not to be edited.

export interface paths {
    "/concerts/{concertId}/purchases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find a purchase by its key
         * @description What became of the command with this `Idempotency-Key`, for a client that got no answer. Asking buys nothing. Answers are those of `GET /concerts/{concertId}/purchases/{purchaseId}`.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        get: operations["findPurchase"];
        put?: never;
        /**
         * Buy tickets
         * @description All or nothing. A repeat with the same key is answered as the first time, with `Idempotent-Replayed: true`. In mode `queue` the answer may be 202 and a place in line, to be polled at `Location`; `Prefer: wait` says how long the request itself may wait for the outcome.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["buyTickets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/purchases/{purchaseId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a purchase
         * @description From the read model; from the log where that does not know the purchase yet. In mode `queue` also from the line: `queued` with the position, or `refused` with the problem, which is kept for ten minutes. 503 `unavailable` where the place in line was lost: nothing was sold then, send the purchase again with its key.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        get: operations["showPurchase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/purchases/{purchaseId}/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a purchase
         * @description Its tickets and VIP seats go back on sale. Cancelling twice is cancelling once. The body may be left out.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["cancelPurchase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hold tickets
         * @description Takes tickets out of the stock for `holdSeconds`, all or nothing, so that the customer can pay for them. Confirm the hold, or it expires. A repeat with the same key is answered with the hold as it is now, with `Idempotent-Replayed: true`.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["holdTickets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/holds/{holdId}/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a hold
         * @description Makes the hold a purchase with the same id. It is in time if it arrives before `expiresAt`. A late one gets tickets too if the public could buy them now; otherwise it is refused as `hold-lapsed`, for good: refund the payment. The `reference` names the confirmation: the same one again is a repeat.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["confirmHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/holds/{holdId}/extension": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a hold
         * @description The time of the hold begins again: twice at most, and never beyond three times its length since it began. For a customer who is about to pay. Every request extends, a repeat too. The body may be left out.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["extendHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/holds/{holdId}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Release a hold
         * @description Its tickets and VIP seats go to waiting customers, or back on sale. Releasing twice is releasing once; a hold that has expired is answered as such. The body may be left out.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["releaseHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/holds/{holdId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a hold
         * @description What has become of it, read from the log: never older than the answer to any command before. Beyond `expiresAt` a hold is `open` until its expiry is in the log, up to a second later.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        get: operations["showHold"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/waiting-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join the waiting list
         * @description For tickets that cannot be had now. Tickets that become free are offered in order of joining, to the first for whom there is enough, as a hold with the id of the place: it is then shown as `open`, and has to be confirmed within `offerSeconds`. A repeat with the same key is answered with the place, or the offer, as it is now.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        post: operations["joinWaitingList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/waiting-list/{holdId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a place in the waiting list
         * @description The position as the log has it now: others may leave or be served at any time, and a group that is too large for the tickets that became free is passed over. `open` once tickets are offered.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        get: operations["showPlace"];
        put?: never;
        post?: never;
        /**
         * Leave the waiting list
         * @description Leaving twice is leaving once. An offer is not on the list any more: release it instead.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        delete: operations["leaveWaitingList"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what remains
         * @description From the cache in Redis; from the read model or the log where the cache has nothing.
         */
        get: operations["showStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List concerts
         * @description In the order in which they were scheduled.
         */
        get: operations["listConcerts"];
        put?: never;
        /**
         * Schedule a concert
         * @description The key names the concert: sending it again schedules nothing new, and with other terms it is refused as `concert-exists`.
         *
         *     For operators, where access is not open.
         */
        post: operations["scheduleConcert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a concert
         * @description From the read model; from the log where that does not know the concert yet. With `at` as it was, from the log: 404 before there was one; four such reads at a time per process, 32 more wait for 5 s, else 503 `busy`. `owner` is the process that decides purchases of the concert in modes `batch` and `queue`; null while there is none, as half a minute after a sale, and absent when Redis does not say within 250 ms and in answers with `at`.
         */
        get: operations["showConcert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a concert
         * @description Capacity, status and the terms of holds: all or nothing.
         *
         *     For operators, where access is not open.
         */
        patch: operations["changeConcert"];
        trace?: never;
    };
    "/concerts/{concertId}/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tickets sold
         * @description In the order in which they were sold, released ones among them.
         *
         *     For operators, where access is not open.
         */
        get: operations["listTickets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sales per second
         * @description Tickets sold and released in each second; seconds without either are left out.
         */
        get: operations["listSales"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a sale
         * @description Server-sent events, for `EventSource`. Each message is the whole concert as `GET /concerts/{concertId}` shows it, without `owner`, and with `soldPerSecond`: how much `sold` rose within the last second. Its id is the revision, and a client that comes back gets the newest state, unless `Last-Event-ID` says that it has that. Messages come when something has changed, at most 10 a second, fewer when a process has more than 200 viewers, and at least every 15 s. A client that does not read for 5 s is disconnected.
         */
        get: operations["watchConcert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the events of the log
         * @description The log itself, which also answers while Postgres is gone.
         *
         *     For operators, where access is not open.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Audit a concert
         * @description Checks the log, the read models and the stock in Redis against each other. One at a time per process, else 503 `busy`.
         *
         *     For operators, where access is not open.
         */
        get: operations["auditConcert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/concerts/{concertId}/what-if": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Decide a sale again under other rules
         * @description What would have become of the recorded purchases, in order of arrival. Changes nothing. Rules that are left out are those of the sale. Refused requests are not in the log, so this cannot show who would have bought the freed tickets. One at a time per process, else 503 `busy`.
         *
         *     For operators, where access is not open.
         */
        get: operations["tryOtherRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/bench-report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the last report of the bench
         * @description What was measured with this installation or one like it: the file that `BENCH_REPORT` names, as it is now.
         *
         *     For operators, where access is not open.
         */
        get: operations["showBenchReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{customerId}/purchases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a customer’s purchases
         * @description At all concerts, oldest first.
         *
         *     For customers, each for themselves, and operators, where access is not open.
         */
        get: operations["listPurchasesOfCustomer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether the process is alive */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whether the service is ready
         * @description Answers within 2 s. `unavailable` without the event store or the read model. `degraded`, but ready, without Redis, while a projection is `stalled` or in `error`, while active ones lack an event older than ten seconds, where none of that can be found out, and while this process cannot decide the purchases in some concert’s queue (`unservedQueues`; its log says why): sales go on. A check `answers`, `fails` (at once), is `silent` (no answer in 1.5 s) or, for Redis, `not used`.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Answers within 2 s. `onsale_scrape_missing{part}` says what is missing: how many `workers` did not answer, 1 for `projections` and `primary`.
         */
        get: operations["scrapeMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the types of problems */
        get: operations["listProblemTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{problem}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a type of problems
         * @description What the `type` of a problem points to.
         */
        get: operations["showProblemType"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The OpenAPI document of this API */
        get: operations["getOpenApiDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The API document as a page
         * @description Without scripts, and without requests to anywhere else.
         */
        get: operations["readDocumentation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The page for people
         * @description All concerts, live.
         */
        get: operations["readPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/watch/{concertId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The page of a concert
         * @description The sale as it goes on, and a way to buy.
         */
        get: operations["readConcertPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/page/{version}/{folder}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A script of the page */
        get: operations["readPageScript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/page/{version}/style.css": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The style of the page */
        get: operations["readPageStyle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/page/{version}/display.woff2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The font of the page */
        get: operations["readPageFont"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457. Some types have more members. */
        Problem: {
            /** @description Stable, and the path of a page that says what it means. */
            type: string;
            title: string;
            status: number;
            /** @description What is wrong with this request, and what to do about it. */
            detail: string;
            requestId: string;
        } & {
            [key: string]: unknown;
        };
        Receipt: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            tickets: components["schemas"]["Ticket"][];
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
        };
        Ticket: {
            number: number;
            vip: boolean;
            /** @description The VIP seat. */
            seat: string | null;
        };
        PlaceInQueue: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            /** @constant */
            status: "queued";
            /** @description The number of purchases served up to and with this one, at most. */
            position: number;
        };
        /** @description Without times where the answer is made from the log. */
        Purchase: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            idempotencyKey: string;
            quantity: number;
            tickets: components["schemas"]["Ticket"][];
            /** @enum {string} */
            status: "live" | "cancelled";
            /** Format: date-time */
            arrivedAt?: string;
            /** Format: date-time */
            purchasedAt?: string;
            cancelledAt?: string | null;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
        };
        QueuedPurchase: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            /** @constant */
            status: "queued";
            /** @description The number of purchases served up to and with this one, at most. */
            position: number;
        };
        RefusedPurchase: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            /** @constant */
            status: "refused";
            problem: components["schemas"]["Problem"];
        };
        Cancellation: {
            /** Format: uuid */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            /** @constant */
            status: "cancelled";
            releasedTickets: components["schemas"]["Ticket"][];
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
        };
        OpenHold: {
            /**
             * Format: uuid
             * @description Also the id of the purchase that the hold becomes.
             */
            holdId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            quantity: number;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** @constant */
            status: "open";
            /**
             * @description `offer`: the customer was on the waiting list, and tickets came back.
             * @enum {string}
             */
            reason: "request" | "offer";
            /** @description The VIP seats of the first tickets, as many as there were. */
            seats: string[];
            /** Format: date-time */
            since: string;
            /**
             * Format: date-time
             * @description A confirmation has to arrive before this time.
             */
            expiresAt: string;
            extensionsLeft: number;
        };
        /** @description Its tickets are not held any more. */
        EndedHold: {
            /**
             * Format: uuid
             * @description Also the id of the purchase that the hold becomes.
             */
            holdId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            quantity: number;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /**
             * @description `left`: the waiting list.
             * @enum {string}
             */
            status: "expired" | "released" | "left";
            /**
             * @description `offer`: the customer was on the waiting list, and tickets came back.
             * @enum {string}
             */
            reason: "request" | "offer";
            /** Format: date-time */
            endedAt: string;
        };
        /** @description A purchase with the id of the hold. */
        ConfirmedHold: {
            /**
             * Format: uuid
             * @description Also the id of the purchase that the hold becomes.
             */
            holdId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            quantity: number;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** @constant */
            status: "confirmed";
            reference: string;
            tickets: components["schemas"]["Ticket"][];
        };
        WaitingPlace: {
            /**
             * Format: uuid
             * @description Also the id of the purchase that the hold becomes.
             */
            holdId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            quantity: number;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** @constant */
            status: "waiting";
            /** Format: date-time */
            since: string;
            /** @description 1: the next for whom there is enough. */
            position: number;
        };
        Confirmation: {
            /**
             * Format: uuid
             * @description The id of the hold.
             */
            purchaseId: string;
            /** Format: uuid */
            concertId: string;
            customerId: string;
            reference: string;
            tickets: components["schemas"]["Ticket"][];
            /** @description The hold had expired, and there were still tickets. False in a repeat, which does not know. */
            late: boolean;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
        };
        Stock: {
            remaining: number;
            held: number;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** @enum {string} */
            source: "cache" | "read-model" | "log";
        };
        Concert: {
            /** Format: uuid */
            concertId: string;
            name: string;
            capacity: number;
            /** @description Tickets sold and not released. */
            sold: number;
            /** @description Tickets in open holds. */
            held: number;
            /** @description Tickets neither sold nor held. Negative where mode `unsafe` has oversold. */
            remaining: number;
            vipSeats: number;
            vipRemaining: number;
            ticketsPerCustomer: number;
            salesOpenAt: string | null;
            salesCloseAt: string | null;
            startsAt: string | null;
            purchaseMode: ("unsafe" | "optimistic" | "lock" | "lock-cache" | "batch" | "queue") | null;
            /** @description How long tickets are held on request; null: they are not. */
            holdSeconds: number | null;
            /** @description Whether customers can wait for tickets that come back. */
            waitingList: boolean;
            /** @description How long tickets are held for a customer who waited for them; null: none are offered. */
            offerSeconds: number | null;
            /** @enum {string} */
            status: "scheduled" | "closed" | "cancelled";
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /**
             * Format: date-time
             * @description Absent where the answer is made from the log.
             */
            scheduledAt?: string;
        };
        ConcertPage: {
            items: components["schemas"]["Concert"][];
            /** @description `cursor` of the next page; null on the last. */
            next: string | null;
        };
        ConcertAt: {
            /** Format: uuid */
            concertId: string;
            name: string;
            capacity: number;
            /** @description Tickets sold and not released. */
            sold: number;
            /** @description Tickets in open holds. */
            held: number;
            /** @description Tickets neither sold nor held. Negative where mode `unsafe` has oversold. */
            remaining: number;
            vipSeats: number;
            vipRemaining: number;
            ticketsPerCustomer: number;
            salesOpenAt: string | null;
            salesCloseAt: string | null;
            startsAt: string | null;
            purchaseMode: ("unsafe" | "optimistic" | "lock" | "lock-cache" | "batch" | "queue") | null;
            /** @description How long tickets are held on request; null: they are not. */
            holdSeconds: number | null;
            /** @description Whether customers can wait for tickets that come back. */
            waitingList: boolean;
            /** @description How long tickets are held for a customer who waited for them; null: none are offered. */
            offerSeconds: number | null;
            /** @enum {string} */
            status: "scheduled" | "closed" | "cancelled";
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** @description When the store recorded the last event of this state. */
            recordedAt: string | null;
        };
        OwnedConcert: {
            /** Format: uuid */
            concertId: string;
            name: string;
            capacity: number;
            /** @description Tickets sold and not released. */
            sold: number;
            /** @description Tickets in open holds. */
            held: number;
            /** @description Tickets neither sold nor held. Negative where mode `unsafe` has oversold. */
            remaining: number;
            vipSeats: number;
            vipRemaining: number;
            ticketsPerCustomer: number;
            salesOpenAt: string | null;
            salesCloseAt: string | null;
            startsAt: string | null;
            purchaseMode: ("unsafe" | "optimistic" | "lock" | "lock-cache" | "batch" | "queue") | null;
            /** @description How long tickets are held on request; null: they are not. */
            holdSeconds: number | null;
            /** @description Whether customers can wait for tickets that come back. */
            waitingList: boolean;
            /** @description How long tickets are held for a customer who waited for them; null: none are offered. */
            offerSeconds: number | null;
            /** @enum {string} */
            status: "scheduled" | "closed" | "cancelled";
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /**
             * Format: date-time
             * @description Absent where the answer is made from the log.
             */
            scheduledAt?: string;
            /** @description Null: no process owns the concert. Absent: Redis did not say. */
            owner?: components["schemas"]["ConcertOwner"] | null;
        };
        /** @description The process that decides purchases of the concert. */
        ConcertOwner: {
            /** @description Host, process id and some letters, as `onsale owners` prints them. Absent where access is by token. */
            process?: string;
            /** Format: date-time */
            since: string;
            /** @description Purchases in the concert’s queue. */
            waiting: number;
        };
        TicketPage: {
            items: components["schemas"]["SoldTicket"][];
            /** @description `cursor` of the next page; null on the last. */
            next: string | null;
        };
        SoldTicket: {
            number: number;
            vip: boolean;
            /** @description The VIP seat. */
            seat: string | null;
            customerId: string;
            /** Format: uuid */
            purchaseId: string;
            /** @enum {string} */
            status: "live" | "released";
            /** Format: date-time */
            reservedAt: string;
            releasedAt: string | null;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
        };
        SalesPage: {
            items: components["schemas"]["SalesInSecond"][];
            /** @description `cursor` of the next page; null on the last. */
            next: string | null;
        };
        SalesInSecond: {
            /** Format: date-time */
            second: string;
            sold: number;
            released: number;
        };
        EventPage: {
            items: components["schemas"]["LoggedEvent"][];
            /** @description `cursor` of the next page; null on the last. */
            next: string | null;
        };
        LoggedEvent: {
            type: string;
            /** @description The place of the last event concerned, in the concert’s log. */
            revision: string;
            /** Format: date-time */
            recordedAt: string;
            /** @description In today’s shape; as it was stored where this version cannot read it. */
            data: unknown;
        };
        Audit: {
            /** Format: uuid */
            concertId: string;
            revision: string;
            /** @description Nothing is broken, and everything was looked at. */
            sound: boolean;
            findings: components["schemas"]["Finding"][];
            differences: components["schemas"]["RowDifference"][];
        };
        Finding: {
            invariant: string;
            claim: string;
            /** @enum {string} */
            verdict: "pass" | "violated" | "unchecked" | "not applicable";
            checked: string;
            violations: number;
            examples: string[];
        };
        RowDifference: {
            projection: string;
            row: string;
            /** @enum {string} */
            kind: "missing" | "unexpected" | "different";
            columns: {
                name: string;
                inTable: unknown;
                byLog: unknown;
            }[];
        };
        WhatIf: {
            /** Format: uuid */
            concertId: string;
            recorded: {
                capacity: number;
                purchases: number;
                /** @description Tickets sold and not released at the end. */
                live: number;
                /** @description VIP seats taken at the end. */
                vip: number;
                /** @description Holds that expired. */
                expired: number;
            };
            would: {
                capacity: number;
                purchases: number;
                /** @description Tickets sold and not released at the end. */
                live: number;
                /** @description VIP seats taken at the end. */
                vip: number;
                /** @description Holds that expired. */
                expired: number;
            };
            /** @description How many purchases would have ended otherwise, each counted once. */
            purchases: {
                refused: number;
                gainsVip: number;
                losesVip: number;
                otherSeat: number;
                /** @description Those that differ in the ticket number alone. */
                otherNumber: number;
            };
            /** @description Changes by the organiser that would have been refused. */
            refusedChanges: number;
            /** @description Holds and places in the waiting list that would have been refused. */
            refusedHolds: number;
        };
        BenchReport: {
            /** Format: date-time */
            startedAt: string;
            /** @description How much was measured: `full` or `quick`. */
            plan: string;
            commit: string;
            ratios: {
                key: string;
                what: string;
                /** @description The aim, like `≥ 0.9`; empty without one. */
                wanted: string;
                met: boolean | null;
                median: number;
                min: number;
                max: number;
                n: number;
            }[];
        };
        PurchasePage: {
            items: components["schemas"]["Purchase"][];
            /** @description `cursor` of the next page; null on the last. */
            next: string | null;
        };
        Alive: {
            /** @constant */
            status: "alive";
        };
        Readiness: {
            /** @enum {string} */
            status: "ready" | "degraded" | "unavailable";
            checks: {
                /** @enum {string} */
                eventStore: "answers" | "fails" | "silent";
                /** @enum {string} */
                readModel: "answers" | "fails" | "silent";
                /** @enum {string} */
                redis: "answers" | "fails" | "silent" | "not used";
                /** @enum {string} */
                projections: "answers" | "fails" | "silent";
            };
            projections: {
                name: string;
                state: string;
                problem: string | null;
                position: string | null;
                parkedEvents: number;
            }[];
            /** @description Age of the oldest event that active projections lack; null: not known. */
            lagSeconds: number | null;
            /** @description Null for an installation without Redis. */
            ownership: {
                /** @description How many concerts this process owns. */
                concerts: number;
                /** @description Concerts with purchases in their queue that this process could not decide, and no other owns. Ten at most. */
                unservedQueues: string[];
            } | null;
        };
        ProblemTypes: {
            items: components["schemas"]["ProblemType"][];
        };
        ProblemType: {
            /** @enum {string} */
            type: "/problems/invalid-request" | "/problems/unauthorized" | "/problems/forbidden" | "/problems/unknown-concert" | "/problems/unknown-purchase" | "/problems/unknown-hold" | "/problems/not-found" | "/problems/method-not-allowed" | "/problems/request-timeout" | "/problems/sold-out" | "/problems/all-held" | "/problems/not-enough-left" | "/problems/limit-reached" | "/problems/no-holds" | "/problems/hold-lapsed" | "/problems/hold-released" | "/problems/hold-confirmed" | "/problems/hold-not-open" | "/problems/confirmed-with-another-reference" | "/problems/extension-limit" | "/problems/no-waiting-list" | "/problems/waiting-list-full" | "/problems/tickets-left" | "/problems/not-waiting" | "/problems/already-offered" | "/problems/not-on-sale-yet" | "/problems/sales-closed" | "/problems/concert-cancelled" | "/problems/concert-exists" | "/problems/capacity-below-sold" | "/problems/capacity-below-vip-seats" | "/problems/payload-too-large" | "/problems/unsupported-media-type" | "/problems/key-reused" | "/problems/no-offer-seconds" | "/problems/mode-needs-redis" | "/problems/too-many-requests" | "/problems/headers-too-large" | "/problems/internal" | "/problems/busy" | "/problems/unavailable" | "/problems/not-yet-visible";
            status: number;
            title: string;
            /** @description The requests that may be answered so. */
            operations: string[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    findPurchase: {
        parameters: {
            query: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
                /** @description The key itself, without quotes around it. */
                idempotencyKey: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The purchase. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"] | components["schemas"]["QueuedPurchase"] | components["schemas"]["RefusedPurchase"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    buyTickets: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names this command, bare or between double quotes. After no answer, or any 5xx, send the request again with its key: it is carried out at most once. Once accepted, every repeat gets the same answer; a refusal uses nothing up. Without one, a key is made up and returned. */
                "Idempotency-Key"?: string;
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Visible text with no space around it, compared and returned in Unicode’s form NFC. An invisible character (zero-width, filler, direction mark, a space other than the plain one) is refused. */
                    customerId: string;
                    /**
                     * @description All of them or none are sold.
                     * @default 1
                     */
                    quantity?: number;
                };
            };
        };
        responses: {
            /** @description Bought. The sale is in the log. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description In line; nothing is sold yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaceInQueue"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showPurchase: {
        parameters: {
            query?: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The purchase. */
                purchaseId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The purchase. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"] | components["schemas"]["QueuedPurchase"] | components["schemas"]["RefusedPurchase"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelPurchase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The purchase. */
                purchaseId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cancellation"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    holdTickets: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names this command, bare or between double quotes. After no answer, or any 5xx, send the request again with its key: it is carried out at most once. Once accepted, every repeat gets the same answer; a refusal uses nothing up. Without one, a key is made up and returned. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Visible text with no space around it, compared and returned in Unicode’s form NFC. An invisible character (zero-width, filler, direction mark, a space other than the plain one) is refused. */
                    customerId: string;
                    /**
                     * @description All of them or none are sold.
                     * @default 1
                     */
                    quantity?: number;
                };
            };
        };
        responses: {
            /** @description Held. For a repeat, what has become of the hold. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenHold"] | components["schemas"]["EndedHold"] | components["schemas"]["ConfirmedHold"] | components["schemas"]["WaitingPlace"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Names the confirmation: the id of the payment, for instance. The same one again is a repeat. */
                    reference: string;
                };
            };
        };
        responses: {
            /** @description Sold. The sale is in the log. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Confirmation"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    extendHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Extended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenHold"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Its tickets are not held any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedHold"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showHold: {
        parameters: {
            query?: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hold. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenHold"] | components["schemas"]["EndedHold"] | components["schemas"]["ConfirmedHold"] | components["schemas"]["WaitingPlace"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    joinWaitingList: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names this command, bare or between double quotes. After no answer, or any 5xx, send the request again with its key: it is carried out at most once. Once accepted, every repeat gets the same answer; a refusal uses nothing up. Without one, a key is made up and returned. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Visible text with no space around it, compared and returned in Unicode’s form NFC. An invisible character (zero-width, filler, direction mark, a space other than the plain one) is refused. */
                    customerId: string;
                    /**
                     * @description All of them or none are sold.
                     * @default 1
                     */
                    quantity?: number;
                };
            };
        };
        responses: {
            /** @description On the list. For a repeat, what has become of the place. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenHold"] | components["schemas"]["EndedHold"] | components["schemas"]["ConfirmedHold"] | components["schemas"]["WaitingPlace"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showPlace: {
        parameters: {
            query?: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The place, or what has become of it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenHold"] | components["schemas"]["EndedHold"] | components["schemas"]["ConfirmedHold"] | components["schemas"]["WaitingPlace"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    leaveWaitingList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
                /** @description The hold, or the place in the waiting list. */
                holdId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Left. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedHold"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showStock: {
        parameters: {
            query?: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stock. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stock"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConcerts: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. Absent for the first page. */
                cursor?: string;
                /** @description The most items of a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of concerts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConcertPage"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scheduleConcert: {
        parameters: {
            query?: never;
            header?: {
                /** @description Names this command, bare or between double quotes. After no answer, or any 5xx, send the request again with its key: it is carried out at most once. Once accepted, every repeat gets the same answer; a refusal uses nothing up. Without one, a key is made up and returned. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @description The tickets for sale. */
                    capacity: number;
                    /** @description The first tickets sold get a VIP seat, this many of them; not more than `capacity`. */
                    vipSeats: number;
                    /**
                     * @description The most tickets that one customer may hold.
                     * @default 1
                     */
                    ticketsPerCustomer?: number;
                    /** @description Null or absent: sales are open from the start. */
                    salesOpenAt?: string | null;
                    /** @description Null or absent: sales stay open. Later than `salesOpenAt`. */
                    salesCloseAt?: string | null;
                    startsAt?: string | null;
                    /** @description How purchases are carried out. Null or absent: as the service is configured. */
                    purchaseMode?: ("unsafe" | "optimistic" | "lock" | "lock-cache" | "batch" | "queue") | null;
                    /** @description How long tickets are held for a customer who asks for that. Null or absent: they cannot be held. */
                    holdSeconds?: number | null;
                    /**
                     * @description Whether customers can wait for tickets that come back. Needs `offerSeconds`.
                     * @default false
                     */
                    waitingList?: boolean;
                    /** @description How long tickets are held for a customer who waited for them. Null or absent: none are offered. */
                    offerSeconds?: number | null;
                };
            };
        };
        responses: {
            /** @description Scheduled. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Concert"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showConcert: {
        parameters: {
            query?: {
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
                /** @description The concert as it was: a revision like 120, or a time with its zone like 2030-06-01T20:00:00Z. */
                at?: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The concert. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConcertAt"] | components["schemas"]["OwnedConcert"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeConcert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Not below the tickets sold, nor below the VIP seats. */
                    capacity?: number;
                    /**
                     * @description Closed: no more sales. Cancelled: the concert does not take place.
                     * @enum {string}
                     */
                    status?: "closed" | "cancelled";
                    /** @description For holds from now on, and extensions. Null: no more tickets are held on request. */
                    holdSeconds?: number | null;
                    /** @description False: nobody joins any more, and nothing is offered to waiting customers. */
                    waitingList?: boolean;
                    /** @description For offers from now on. */
                    offerSeconds?: number | null;
                };
            };
        };
        responses: {
            /** @description The concert as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Concert"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTickets: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. Absent for the first page. */
                cursor?: string;
                /** @description The most items of a page. */
                limit?: number;
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tickets. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketPage"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSales: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. Absent for the first page. */
                cursor?: string;
                /** @description The most items of a page. */
                limit?: number;
                /** @description The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says. */
                minRevision?: string;
            };
            header?: {
                /** @description `wait=N`: the longest time that this request may wait, in seconds, at most 60 (RFC 7240). */
                Prefer?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of seconds. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SalesPage"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchConcert: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `id` of the last message that the client has: a revision. Browsers send it when they come back. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. It ends when the process stops; come back after a second. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The revision of the first event of the page: the `next` of the page before. */
                cursor?: string;
                /** @description The most items of a page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    auditConcert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Audit"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tryOtherRules: {
        parameters: {
            query?: {
                capacity?: number;
                vipSeats?: number;
                ticketsPerCustomer?: number;
                holdSeconds?: number;
                offerSeconds?: number;
            };
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What would differ. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhatIf"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showBenchReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ratios, and their aims. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BenchReport"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPurchasesOfCustomer: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. Absent for the first page. */
                cursor?: string;
                /** @description The most items of a page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Visible text with no space around it, compared and returned in Unicode’s form NFC. An invisible character (zero-width, filler, direction mark, a space other than the plain one) is refused. */
                customerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of purchases. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PurchasePage"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready or degraded. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Unavailable. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scrapeMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the text format. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; version=0.0.4; charset=utf-8": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProblemTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemTypes"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showProblemType: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The last part of a problem’s `type`. */
                problem: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The type. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemType"];
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApiDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        openapi: "3.1.1";
                        info: {
                            title: string;
                            version: string;
                        } & {
                            [key: string]: unknown;
                        };
                        paths: {
                            [key: string]: unknown;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readDocumentation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html; charset=utf-8": string;
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html; charset=utf-8": string;
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readConcertPage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The concert. */
                concertId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html; charset=utf-8": string;
                };
            };
            /** @description As `If-None-Match` has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readPageScript: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The version of the page. */
                version: string;
                /** @description A folder of the page. */
                folder: string;
                /** @description A file of the page. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The script. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript; charset=utf-8": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readPageStyle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The version of the page. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The style. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/css; charset=utf-8": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readPageFont: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The version of the page. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description League Gothic. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "font/woff2": string;
                };
            };
            /** @description A problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
