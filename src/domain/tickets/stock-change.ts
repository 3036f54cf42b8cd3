/** What an event changes of the tickets and VIP seats that are sold or held: the totals after it less those before it. */
export interface StockChange {
  readonly sold: number;
  readonly vipSold: number;
  readonly held: number;
  readonly vipHeld: number;
}

export const noChange: StockChange = { sold: 0, vipSold: 0, held: 0, vipHeld: 0 };
