import type { Tracing } from '../api/telemetry/tracing.js';
import type { Config } from './config.js';
import { Refused } from './refused.js';

/**
 * Null where traces are not configured; the packages that make them are loaded only where they are.
 * @throws {Refused} when they are configured and those packages are not installed
 */
export async function openTracing({ traces }: Pick<Config, 'traces'>): Promise<Tracing | null> {
  if (traces === null) return null;
  try {
    const { openTelemetry } = await import('../api/telemetry/open-telemetry.js');
    return openTelemetry(traces.serviceName);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new Refused(
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the optional packages for traces are not installed: install onsale without --omit=optional.',
      { cause },
    );
  }
}
