import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The code of one handler as ESM for Node 24: a bundle that every start loads, and beside it a chunk for each thing
 * that is loaded on first use, which is how a function that never meets a provider never pays for its connector.
 * `NodejsFunction` writes single files only, so esbuild is called here.
 */
export function functionBundle(entry: string): AssetCode {
  return Code.fromAsset(`${PROJECT}lambdas`, {
    // What comes out decides whether a function is deployed again, not which source file was touched.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is used, because esbuild runs right here; CDK tells bundles of one folder apart by the command.
      image: DockerImage.fromRegistry('scratch'),
      command: ['esbuild', entry],
      local: {
        tryBundle(outputDir) {
          bundle(entry, outputDir);
          return true;
        },
      },
    },
  });
}

/** Writes `index.mjs` and its chunks; without `splitting`, everything into the one file. */
export function bundle(entry: string, outdir: string, { splitting = true }: { splitting?: boolean } = {}): void {
  buildSync({
    entryPoints: { index: entry },
    outdir,
    absWorkingDir: PROJECT,
    bundle: true,
    splitting,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    // ESM copies of packages, where they have them: a third smaller and faster to load than CommonJS. The SDK is the
    // one of the lock file, not whichever the runtime carries that day. There is no `require` shim on purpose: a
    // dependency that needs one is a heavy one, and fails here.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}
