import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Filter } from '../log/model.js';
import { invalidArgument, unknown } from './errors.js';

type FilterOptions = streams.ReadReq.Options.FilterOptions;

/** The number of events between checkpoints of a filtered subscription is a multiple of this. */
const DEFAULT_WINDOW = 32;

/** @throws GrpcError for a filter without a criterion or without a window */
export function filterOf(options: FilterOptions): Filter {
  const { FilterCase } = streams.ReadReq.Options.FilterOptions;
  switch (options.getFilterCase()) {
    case FilterCase.STREAM_IDENTIFIER: {
      const matches = matcher(options.getStreamIdentifier());
      return (event) => matches(event.stream);
    }
    case FilterCase.EVENT_TYPE: {
      const matches = matcher(options.getEventType());
      return (event) => matches(event.type);
    }
    default:
      throw invalidArgument('The filter is of no known kind');
  }
}

/** Events considered from one checkpoint to the next. */
export function checkpointInterval(options: FilterOptions): number {
  const { WindowCase } = streams.ReadReq.Options.FilterOptions;
  if (options.getWindowCase() === WindowCase.WINDOW_NOT_SET)
    throw invalidArgument("The filter's window is missing");
  const multiplier = options.getCheckpointintervalmultiplier();
  if (multiplier === 0) throw unknown('checkpointIntervalMultiplier is out of range');
  return multiplier * (options.hasMax() ? options.getMax() : DEFAULT_WINDOW);
}

function matcher(
  expression: streams.ReadReq.Options.FilterOptions.Expression | undefined,
): (text: string) => boolean {
  const regex = expression?.getRegex() ?? '';
  if (regex === '') {
    const prefixes = expression?.getPrefixList() ?? [];
    return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  }
  const pattern = compiled(regex);
  return (text) => pattern.test(text);
}

function compiled(regex: string): RegExp {
  try {
    return new RegExp(regex);
  } catch (error) {
    throw unknown(`The filter's regular expression does not compile: ${error}`);
  }
}
