/** AWS services that the hub uses, by the suffix of the SDK's endpoint variable. */
export const SERVICES = ['dynamodb', 'sqs', 'kms', 'secretsmanager', 'scheduler'] as const;
export type Service = (typeof SERVICES)[number];
export type Endpoints = Readonly<Record<Service, string>>;

const VARIABLES: Record<Service, string> = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  kms: 'AWS_ENDPOINT_URL_KMS',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  scheduler: 'AWS_ENDPOINT_URL_SCHEDULER',
};

/** A replacement for an emulator, for example DynamoDB Local or LocalStack, named by the SDK's own variable. */
export function replacement(service: Service): string | undefined {
  return process.env[VARIABLES[service]] || undefined;
}

/** The variables that make an AWS SDK inside a function talk to these endpoints. */
export function endpointVariables(endpoints: Endpoints): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [VARIABLES[service], endpoints[service]]));
}
