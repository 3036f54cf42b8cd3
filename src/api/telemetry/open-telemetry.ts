import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TraceParent } from '../../commands/tracing.js';
import { version } from '../../installation/version.js';
import type { Tracing } from './tracing.js';

/**
 * Spans by OpenTelemetry. This module is loaded only where traces are configured. The SDK reads its own variables beside that: the
 * sampler, headers and limits (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, …).
 *
 * One append serves many purchases, and one transaction of the read models many appends. Such a span continues the trace of the
 * first, and links to all.
 */
export function openTelemetry(
  serviceName: string,
  processor: SpanProcessor = new BatchSpanProcessor(new OTLPTraceExporter()),
): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('onsale', version);
  return {
    request(method, { traceparent }) {
      const parent = typeof traceparent === 'string' ? contextOf(traceparent) : ROOT_CONTEXT;
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
      span.setAttribute('http.request.method', method);
      return {
        traceId: span.spanContext().traceId,
        traceParent: span.isRecording() ? traceParentOf(span) : undefined,
        end({ route, status, problem }) {
          if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute('http.route', route);
          span.setAttribute('http.response.status_code', status);
          if (problem !== undefined) span.setAttribute('onsale.problem', problem);
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    appending(concertId, commands) {
      const attributes = { 'onsale.concert_id': concertId, 'onsale.commands': commands.length };
      const span = tracer.startSpan('append', ...after(commands, SpanKind.CLIENT, attributes));
      return {
        traceParent: traceParentOf(span),
        end(result, events) {
          span.setAttributes({ 'onsale.result': result, 'onsale.events': events });
          if (result === 'unknown' || result === 'rejected') span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    projected(appends, events, tookMs) {
      const [options, context] = after(appends, SpanKind.CONSUMER, { 'onsale.events': events });
      const end = performance.timeOrigin + performance.now();
      tracer.startSpan('project', { ...options, startTime: end - tookMs }, context).end(end);
    },
    close: () => provider.shutdown().catch(() => {}),
  };
}

/** What a span is begun with that continues the first of these and links to all. */
function after(
  parents: readonly TraceParent[],
  kind: SpanKind,
  attributes: Attributes,
): [options: { kind: SpanKind; attributes: Attributes; links: Link[] }, context: Context] {
  const contexts = parents.map(contextOf);
  const links = contexts.flatMap((context) => {
    const spanContext = trace.getSpanContext(context);
    return spanContext === undefined ? [] : [{ context: spanContext }];
  });
  return [{ kind, attributes, links }, contexts[0] ?? ROOT_CONTEXT];
}

function traceParentOf(span: Span): TraceParent {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

const shape = /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;

/** The root where the text is none by W3C Trace Context: whoever sent it begins no trace here. */
function contextOf(text: TraceParent): Context {
  const [, traceId, spanId, flags] = shape.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
