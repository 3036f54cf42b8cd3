import type { SeatSet } from '../collections/seat-set.js';

/** VIP seats are numbered from 1 and named after their number. */
export const seatName = (seat: number): string => `VIP-${seat}`;

export const seatNumber = (name: string): number => Number(name.slice('VIP-'.length));

export interface VipSeating {
  readonly vipSeats: number;
  readonly lastVipSeat: number;
  readonly freedVipSeats: SeatSet;
}

/** The next `count` VIP seats to give out, lowest first: released seats, then seats never given out. */
export function nextVipSeats(seating: VipSeating, count: number): readonly number[] {
  const seats = seating.freedVipSeats.lowest(count);
  for (let seat = seating.lastVipSeat + 1; seats.length < count && seat <= seating.vipSeats; seat++) {
    seats.push(seat);
  }
  return seats;
}

type Taken = Pick<VipSeating, 'lastVipSeat' | 'freedVipSeats'>;

/** After these seats were given out. */
export function takeSeats({ lastVipSeat, freedVipSeats }: Taken, names: readonly string[]): Taken {
  const seats = names.map(seatNumber);
  return {
    lastVipSeat: Math.max(lastVipSeat, ...seats),
    freedVipSeats: seats.reduce((freed, seat) => freed.delete(seat), freedVipSeats),
  };
}

/** After these seats came back. */
export const freeSeats = ({ lastVipSeat, freedVipSeats }: Taken, names: readonly string[]): Taken => ({
  lastVipSeat,
  freedVipSeats: names.map(seatNumber).reduce((freed, seat) => freed.add(seat), freedVipSeats),
});
