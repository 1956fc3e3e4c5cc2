import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export type Context = Readonly<Record<string, unknown>>;

/** Runs the hub's CDK app and returns its cloud assembly's directory. `context` is laid over that of cdk.json. */
export async function synthesizeHub(outDir: string, context: Context = {}): Promise<string> {
  const cdkJson = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context?: Context };
  return synthesize(join(PROJECT, 'bin/integration-hub.ts'), outDir, { ...cdkJson.context, ...context });
}

/**
 * Runs a CDK app as the CDK CLI does: output directory and context are handed over in the environment. The CLI
 * itself, which takes seconds to load, is not needed, and neither are credentials or Docker.
 */
export async function synthesize(app: string, outDir: string, context: Context = {}): Promise<string> {
  const directory = resolve(outDir);
  mkdirSync(directory, { recursive: true });
  const child = spawn(process.execPath, [app], {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({
        'aws:cdk:enable-path-metadata': true,
        'aws:cdk:enable-asset-metadata': false,
        'aws:cdk:version-reporting': false,
        ...context,
      }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`${app} ended with ${code}:\n${output}`);
  return directory;
}
