import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './template.ts';

interface AssemblyManifest {
  artifacts?: Record<
    string,
    { type: string; properties?: { templateFile?: string; file?: string; stackName?: string; directoryName?: string } }
  >;
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** One stack of a CDK cloud assembly, with the directories that its assets were staged in. */
export interface StackAssembly {
  readonly stackName: string;
  readonly template: Template;
  /** Directory or file of the asset that a template names by its S3 object key. */
  assetPath(objectKey: string): string;
}

/** Reads the only stack of a cloud assembly, also when a CDK `Stage` put it into a nested assembly. */
export function readAssembly(assemblyDir: string): StackAssembly {
  const stacks = stacksOf(assemblyDir);
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`${assemblyDir} must hold exactly one stack, it holds ${stacks.length}`);
  }
  return stack;
}

function stacksOf(directory: string): StackAssembly[] {
  const manifest = readJson<AssemblyManifest>(join(directory, 'manifest.json'));
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const assets = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    if (artifact.type !== 'cdk:asset-manifest' || artifact.properties?.file === undefined) continue;
    const { files = {} } = readJson<AssetManifest>(join(directory, artifact.properties.file));
    for (const file of Object.values(files)) {
      for (const destination of Object.values(file.destinations)) {
        if (file.source.path !== undefined) assets.set(destination.objectKey, join(directory, file.source.path));
      }
    }
  }
  return artifacts.flatMap(([id, { type, properties }]) => {
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return stacksOf(join(directory, properties.directoryName));
    }
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    return [
      {
        stackName: properties.stackName ?? id,
        template: readJson<Template>(join(directory, properties.templateFile)),
        assetPath: (objectKey: string) => {
          const path = assets.get(objectKey);
          if (path === undefined) throw new Error(`The assembly has no asset with the object key ${objectKey}`);
          return path;
        },
      },
    ];
  });
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
