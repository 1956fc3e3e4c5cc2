/**
 * Child process in the place of Lambda's Node.js runtime: loads the real bundle, runs its handler for one
 * event at a time and measures it. Async handlers only, as from Node.js 24 on. Ends with its parent.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FromFunction, FunctionError, ToFunction } from './protocol.ts';

const SAMPLE_MS = 50;
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;
const startedAt = performance.now();

type Handler = (event: unknown, context: unknown) => unknown;

const [assetDir = '', handlerName = '', functionArn = ''] = process.argv.slice(2);

function send(message: FromFunction): void {
  process.send?.(message);
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

async function loadHandler(): Promise<Handler> {
  const dot = handlerName.lastIndexOf('.');
  const file = handlerName.slice(0, dot);
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const path = join(assetDir, file + extension);
    const module = await import(pathToFileURL(path).href).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(path)) return undefined;
      throw error;
    });
    const handler: unknown = module?.[handlerName.slice(dot + 1)] ?? module?.default?.[handlerName.slice(dot + 1)];
    if (typeof handler === 'function') return handler as Handler;
  }
  throw new Error(`${handlerName} is undefined or not exported`);
}

function contextOf({ requestId, deadline }: ToFunction): Record<string, unknown> {
  const { env } = process;
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

async function run(handler: Handler, message: ToFunction): Promise<void> {
  let rss = process.memoryUsage.rss();
  const sampler = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const begin = performance.now();
  let outcome: { payload: string } | { error: FunctionError };
  try {
    const payload = JSON.stringify((await handler(JSON.parse(message.event), contextOf(message))) ?? null);
    if (Buffer.byteLength(payload) > MAX_RESPONSE_BYTES) {
      throw Object.assign(new Error('Response payload size exceeded maximum allowed payload size (6291556 bytes).'), {
        name: 'Function.ResponseSizeTooLarge',
      });
    }
    outcome = { payload };
  } catch (error) {
    outcome = { error: describe(error) };
    process.stderr.write(`${JSON.stringify({ level: 'ERROR', requestId: message.requestId, ...outcome.error })}\n`);
  }
  clearInterval(sampler);
  send({
    type: 'done',
    requestId: message.requestId,
    ...outcome,
    durationMs: performance.now() - begin,
    maxMemoryMb: megabytes(Math.max(rss, process.memoryUsage.rss())),
    heapUsedMb: megabytes(process.memoryUsage().heapUsed),
  });
}

process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group; when to end is the parent's decision.
process.on('SIGINT', () => {});
try {
  const handler = await loadHandler();
  process.on('message', (message: ToFunction) => void run(handler, message));
  send({ type: 'ready', initMs: performance.now() - startedAt });
} catch (error) {
  process.stderr.write(`${JSON.stringify({ level: 'ERROR', message: 'init failed', ...describe(error) })}\n`);
  send({ type: 'init-failed', error: describe(error) });
}
