// SPDX-License-Identifier: GPL-3.0-or-later
// OpenTelemetry's SDK with both of its exporters over HTTP, plain and compressed.
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const { ROOT_CONTEXT, TraceFlags, trace: tracing } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');

// Each number that there is, with and without the text beside it.
const NAMES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const HELD = ['debug', 'debug', 'info', 'warning', 'error', 'critical'];
const LEVELS = Array.from({ length: 24 }, (_, i) => [i + 1, HELD[Math.floor(i / 4)]]);

function textOf(number) {
    const step = (number - 1) % 4;
    return NAMES[Math.floor((number - 1) / 4)] + (step ? step + 1 : '');
}

async function log({ url }, all, { package: name, compression }) {
    const { OTLPLogExporter } = require(name);
    const exporter = new OTLPLogExporter({ url: `${url}/v1/logs`, compression });
    const provider = new LoggerProvider({
        resource: resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'till-3',
                                           'deployment.environment.name': 'test', 'shop.floor': 2 }),
        processors: [new BatchLogRecordProcessor(exporter, { maxExportBatchSize: 64 })],
    });
    const logger = provider.getLogger('orders', '1.2.3');
    await logEach(all, ({ level, number, message, run, trace, span, data }) => logger.emit({
        severityNumber: level, severityText: number % 2 ? textOf(level) : undefined, body: message,
        timestamp: new Date(), eventName: 'shop.sale',
        attributes: { run_id: run, sizes: [number, 40, 41], receipt: Uint8Array.of(1, 2, 255, number), ...data },
        context: tracing.setSpanContext(ROOT_CONTEXT, { traceId: trace, spanId: span, traceFlags: TraceFlags.SAMPLED }),
    }));
    await provider.shutdown();
}

const good = [];
for (const name of ['@opentelemetry/exporter-logs-otlp-http', '@opentelemetry/exporter-logs-otlp-proto']) {
    for (const compression of ['none', 'gzip']) {
        const all = samples(LEVELS);
        good.push(await compare(`${name}, ${compression}`, all, {
            log: (serve) => log(serve, all, { package: name, compression }),
            expected: ({ number, held, message, run, trace, span, data }) => ({
                level: held, message, run_id: run, trace_id: trace, span_id: span, hostname: 'till-3',
                environment: 'test', tags: ['service:shop'],
                metadata: { 'shop.floor': 2, 'otel.scope.name': 'orders', 'otel.scope.version': '1.2.3',
                            sizes: [number, 40, 41], receipt: Buffer.of(1, 2, 255, number).toString('base64'),
                            ...data, event_name: 'shop.sale', trace_flags: 1 },
            }),
        }));
    }
}
conclude(...good);
