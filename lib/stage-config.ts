/**
 * The settings of one deployment, read from CDK context and checked before anything is built from them.
 *
 * They come from three places, the later ones winning: the object `hub` in `cdk.json`, its member `stages.<stage>`,
 * and single values on the command line (`-c hub.stage=prod -c hub.apiThrottle.rateLimit=50`). The command line only
 * knows text, so every setting is also understood as text; a list is then separated by commas.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { INTEGRATION_TYPES, type IntegrationType } from '../lambdas/core/model/integration.ts';

export interface StageConfig {
  /** `dev`, `dev-<name>`, `staging` or `prod`: part of every name that must be unique in an account. @default dev */
  readonly stage: string;
  /** Providers that are switched on; each gets a secret for the hub's registration with it. @default hubspot */
  readonly providers: readonly IntegrationType[];
  /** Providers whose makers want an agreement, for which there is one; others of that kind are refused. @default none */
  readonly partnerAgreements: readonly IntegrationType[];
  /** Origins that the browser may be sent back to after consent. @default none, http://localhost:3000 in dev */
  readonly returnUrlOrigins: readonly string[];
  /** Days for which logs are kept. @default 90, 14 in dev */
  readonly logRetentionDays: RetentionDays;
  /** Who gets alarms by e-mail; the stack then makes a topic. @default nobody */
  readonly alarmEmail?: string | undefined;
  /** An SNS topic that there is already, to send alarms to. @default none */
  readonly alarmTopicArn?: string | undefined;
  /** What the HTTP API lets through in all, a second and in a burst. @default 50 and 100 */
  readonly apiThrottle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Syncs that may run at the same time. @default 10 */
  readonly syncConcurrency: number;
  /** Origin of a custom domain that leads to the API. @default the API's own address */
  readonly publicOrigin?: string | undefined;
  /** What happens to data when the stack goes: `retain` or `destroy`. @default retain, destroy in dev */
  readonly removalPolicy: 'retain' | 'destroy';
}

/** A setting is wrong. The message names the setting, its value and what is allowed. */
export class StageConfigError extends Error {
  override readonly name = 'StageConfigError';
}

const CONTEXT_KEY = 'hub';

const RETENTION_DAYS = Object.values(RetentionDays).filter((days): days is RetentionDays => typeof days === 'number');

const fromList = (value: unknown) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value;
const fromNumber = (value: unknown) =>
  typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number, ${min} to ${max}`;
  return z.preprocess(fromNumber, z.int(error).min(min, error).max(max, error));
};

function isOrigin(value: string, allowLocalhost: boolean): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const secure =
    url.protocol === 'https:' || (allowLocalhost && url.protocol === 'http:' && url.hostname === 'localhost');
  return secure && url.origin === value;
}

const stageSchema = z
  .string('must be dev, dev-<name>, staging or prod')
  .regex(/^(dev(-[a-z0-9]{1,12})?|staging|prod)$/, 'must be dev, dev-<name>, staging or prod');

/** The settings' shape, given the stage: defaults and what is allowed depend on it. */
function settingsSchema(stage: string) {
  const isDev = stage.startsWith('dev');
  const isProd = stage === 'prod';
  const origins = isProd
    ? 'must be https origins without a path, e.g. https://app.example.com'
    : 'must be https origins without a path, e.g. https://app.example.com, or http://localhost with a port';
  const providers = `must be among ${INTEGRATION_TYPES.join(', ')}, each once, at least one`;
  const agreements = `must be among ${INTEGRATION_TYPES.join(', ')}`;
  return z.strictObject({
    stage: stageSchema.default('dev'),
    providers: z
      .preprocess(fromList, z.array(z.enum(INTEGRATION_TYPES, providers), providers).min(1, providers))
      .refine((types) => new Set(types).size === types.length, providers)
      .default(['hubspot']),
    partnerAgreements: z.preprocess(fromList, z.array(z.enum(INTEGRATION_TYPES, agreements), agreements)).default([]),
    returnUrlOrigins: z
      .preprocess(
        fromList,
        z.array(
          z.string(origins).refine((origin) => isOrigin(origin, !isProd), origins),
          origins,
        ),
      )
      .default(isDev ? ['http://localhost:3000'] : []),
    logRetentionDays: z
      .preprocess(fromNumber, z.literal(RETENTION_DAYS, `must be one of ${RETENTION_DAYS.join(', ')}`))
      .default(isDev ? RetentionDays.TWO_WEEKS : RetentionDays.THREE_MONTHS),
    alarmEmail: z.email('must be an e-mail address').optional(),
    alarmTopicArn: z
      .string()
      .regex(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/, 'must be the ARN of a standard SNS topic')
      .optional(),
    apiThrottle: z
      .strictObject({
        rateLimit: wholeNumber(1, 10_000).default(50),
        burstLimit: wholeNumber(1, 5_000).default(100),
      })
      .prefault({}),
    syncConcurrency: wholeNumber(2, 1_000).default(10),
    publicOrigin: z
      .string()
      .refine(
        (origin) => isOrigin(origin, false),
        'must be an https origin without a path, e.g. https://hub.example.com',
      )
      .optional(),
    removalPolicy: z
      .enum(
        isProd ? ['retain'] : ['retain', 'destroy'],
        isProd ? 'must be retain in prod' : 'must be retain or destroy',
      )
      .default(isDev ? 'destroy' : 'retain'),
  });
}

/** Reads the settings out of an app's context; throws `StageConfigError` when one of them is wrong. */
export function readStageConfig(context: Readonly<Record<string, unknown>>): StageConfig {
  const raw = collectSettings(context);
  const stage = stageSchema.default('dev').safeParse(raw.stage);
  const parsed = settingsSchema(stage.data ?? 'dev').safeParse(raw);
  if (!parsed.success) {
    throw new StageConfigError(parsed.error.issues.map((issue) => explain(issue, raw)).join('\n'));
  }
  if (parsed.data.alarmEmail !== undefined && parsed.data.alarmTopicArn !== undefined) {
    const value = JSON.stringify(parsed.data.alarmTopicArn);
    throw new StageConfigError(`hub.alarmTopicArn is ${value}: must not be set together with hub.alarmEmail`);
  }
  return parsed.data;
}

/** Lays the three sources over each other. */
function collectSettings(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const dotted = Object.entries(context).filter(([key]) => key.startsWith(`${CONTEXT_KEY}.`));
  const { stages, ...shared } = asObject(CONTEXT_KEY, context[CONTEXT_KEY]);
  const stage = context[`${CONTEXT_KEY}.stage`] ?? shared.stage ?? 'dev';
  const perStage = asObject(`${CONTEXT_KEY}.stages`, stages);
  for (const name of Object.keys(perStage)) {
    const { error } = stageSchema.safeParse(name);
    const issue = error?.issues[0]?.message;
    if (issue) throw new StageConfigError(`${CONTEXT_KEY}.stages.${name} is for the stage "${name}": ${issue}`);
  }
  const ofStage = asObject(`${CONTEXT_KEY}.stages.${stage}`, perStage[String(stage)]);
  const settings: Record<string, unknown> = { ...shared, ...ofStage, stage };
  for (const [key, value] of dotted) {
    const [name = '', member, ...rest] = key.slice(CONTEXT_KEY.length + 1).split('.');
    if (member === undefined) settings[name] = value;
    else
      settings[name] = { ...asObject(`${CONTEXT_KEY}.${name}`, settings[name]), [[member, ...rest].join('.')]: value };
  }
  return settings;
}

function asObject(key: string, value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new StageConfigError(`${key} is ${JSON.stringify(value)}: must be an object of settings`);
}

function explain(issue: z.core.$ZodIssue, raw: Record<string, unknown>): string {
  const path = [CONTEXT_KEY, ...issue.path.filter((part) => typeof part === 'string')].join('.');
  if (issue.code === 'unrecognized_keys') {
    const allowed = issue.path.length === 0 ? Object.keys(settingsSchema('dev').shape) : ['rateLimit', 'burstLimit'];
    return issue.keys
      .map(
        (key) =>
          `${path}.${key} is ${JSON.stringify(valueAt(raw, [...issue.path, key]))}: there is no such setting; there are ${allowed.join(', ')}`,
      )
      .join('\n');
  }
  const setting = issue.path.filter((part) => typeof part === 'string');
  return `${path} is ${JSON.stringify(valueAt(raw, setting))}: ${issue.message}`;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    raw,
  );
}
