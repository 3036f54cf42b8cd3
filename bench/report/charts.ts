import { baselineBars, cpuBars, defectBars } from './bars.js';
import { failOverDots } from './fail-over.js';
import { fillLines, latencyLines, soldLines, throughputLines } from './lines.js';
import type { Report } from './report.js';
import { scaleOutLines } from './scale-out.js';
import { arrivalScatter } from './scatter.js';
import type { Palette } from './theme.js';

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly text: string;
  /** An SVG; null when the run has nothing for it. */
  readonly draw: (report: Report, palette: Palette, width: number) => string | null;
}

export const charts: readonly Chart[] = [
  {
    id: 'throughput',
    title: 'Throughput by mode',
    draw: throughputLines,
    text: 'Accepted purchases per second of one large concert, one process, over the number of buyers that wait for an answer at the same time. The scale is logarithmic: a step up is ten times as much. A line that rises makes use of a crowd, as purchases that arrive together share an append; a flat one sells one ticket after the other, however many wait. A dashed line sold tickets that it should not have sold: its speed is worth nothing.',
  },
  {
    id: 'baselines',
    title: 'Baselines: what else one could take',
    draw: baselineBars,
    text: 'Accepted purchases per second, 64 buyers in flight, one process each. The no-op bars store nothing: no service with this HTTP stack on this machine can be longer. Everything between them and a storage is what durability costs. Bars were measured at different moments of a shared machine; the ratios above, made of neighbouring slices, compare better. The Redis bars acknowledge sales that a crash takes back (see the scenario redis-killed).',
  },
  {
    id: 'cpu',
    title: 'CPU time per purchase',
    draw: cpuBars,
    text: 'Microseconds of CPU time that service and servers together used for one accepted purchase; the load is not in it. Short is good; the number stands beside the name, and a bar many times as long as the others is cut off. This moves far less than wall time when others use the machine, so it is the fairer comparison, but it leaves out waiting for disks.',
  },
  {
    id: 'scale-out',
    title: 'More processes',
    draw: scaleOutLines,
    text: 'One concert sold by several processes, in turn with one. Left: how many times as many purchases were accepted in a second. On a machine whose cores are all in use, a line that stays at 1 is as good as it gets: what more processes cost is then paid for by nothing else. Right: how many times the CPU time all processes of the service used for one sale. Dotted lines have fewer buyers in flight. The dashed line is the aim for four processes.',
  },
  {
    id: 'fail-over',
    title: 'When the owner is gone',
    draw: failOverDots,
    text: 'Each dot is one time that the busiest of four processes was killed (kill -9) or stopped (SIGSTOP) in the middle of a sale: seconds until a purchase was accepted that had been sent after that. The dashed line is the lease of the lock and one second more.',
  },
  {
    id: 'latency',
    title: 'Latency percentiles',
    draw: latencyLines,
    text: 'Buyers arrive at random times fixed in advance, at a share of what the mode could do right before, and do not wait for each other. Latency counts from the moment a buyer meant to arrive, so a service that stalls cannot hide it. The heavier the load, the heavier the line: dotted, dashed, solid, thick. Read p99 as: one buyer in a hundred waited longer than this. The scale is logarithmic.',
  },
  {
    id: 'sold',
    title: 'Tickets sold over time',
    draw: soldLines,
    text: 'The sale: everybody comes at once, a tenth of the customers twice at the same instant, a tenth give up and ask again. The dotted line is the number of tickets there are. A line should rise to it steeply and stop there; one that goes past it sold what does not exist. Time is logarithmic. Lines that end below it ran out of time.',
  },
  {
    id: 'arrivals',
    title: 'First come, first served?',
    draw: arrivalScatter,
    text: 'Each dot is a ticket of the sale: to the right the place at which its buyer arrived, upwards the number of the ticket. A clean diagonal is a queue; a cloud is a lottery. An inversion is a pair of buyers of which the later one was served first; the number behind × is that of the processes that sold.',
  },
  {
    id: 'defects',
    title: 'What broke',
    draw: defectBars,
    text: 'Counted in the sale with the most processes, by holding what every buyer was told against the log. The mode unsafe is the negative control: it shows that these checks find what is wrong. Every other mode must say none.',
  },
  {
    id: 'fill',
    title: 'From the first ticket to the last',
    draw: fillLines,
    text: 'Sales per second in each tenth of a large concert that is sold to the last ticket. A flat line means that a ticket late in the sale costs no more than the first one.',
  },
];
