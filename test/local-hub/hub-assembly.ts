import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, synthesizeHub } from '../local-cloud/synthesize.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(PROJECT, '.local/assemblies');
const SOURCES = ['bin', 'lib', 'lambdas', 'cdk.json', 'package-lock.json'];
/** Assemblies of older sources that are kept, for switching between branches. */
const KEPT = 4;
/** Longer than any build takes; a build that is older has died. */
const PATIENCE_MS = 180_000;

/**
 * The hub's cloud assembly, synthesized only when the sources have changed since: bundling takes most of the time
 * that starting the hub takes. Safe to call from several processes at once.
 */
export async function hubAssembly(context: Context): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(context));
  for (const source of SOURCES) await digestTree(join(PROJECT, source), digest);
  const directory = join(CACHE, digest.digest('hex').slice(0, 16));
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(directory)) {
    if (Date.now() > deadline) throw new Error(`${directory} is still being built; remove ${CACHE} if nobody is`);
    if (await build(directory, context)) break;
    // Another process is at it; two at once would only take twice as long.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return directory;
}

/** Builds the assembly, or returns false when another process is doing so. */
async function build(directory: string, context: Context): Promise<boolean> {
  // Beside its final place: the source maps hold paths relative to the depth of the directory.
  const building = `${directory}.building`;
  await mkdir(CACHE, { recursive: true });
  try {
    await mkdir(building);
  } catch (error) {
    if (!existsSync(building)) throw error;
    if (Date.now() - (await stat(building)).mtimeMs < PATIENCE_MS) return false;
    await rm(building, { recursive: true, force: true });
    return false;
  }
  try {
    await dropOld();
    await synthesizeHub(building, context);
    await rename(building, directory);
    return true;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

async function digestTree(path: string, digest: { update(text: string): unknown }): Promise<void> {
  const entry = await stat(path);
  if (entry.isDirectory()) {
    for (const child of (await readdir(path)).sort()) await digestTree(join(path, child), digest);
  } else if (!path.endsWith('.test.ts')) {
    digest.update(`${path} ${entry.mtimeMs} ${entry.size}\n`);
  }
}

async function dropOld(): Promise<void> {
  const entries = (await readdir(CACHE)).filter((name) => !name.endsWith('.building'));
  const dated = await Promise.all(entries.map(async (name) => ({ name, at: (await stat(join(CACHE, name))).mtimeMs })));
  const old = dated.sort((a, b) => b.at - a.at).slice(KEPT);
  await Promise.all(old.map(({ name }) => rm(join(CACHE, name), { recursive: true, force: true })));
}
