import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
/** Neither ours nor part of the repository. */
const FOREIGN = new Set(['node_modules', 'cdk.out', '.local', '.git', 'coverage']);

interface Link {
  readonly line: number;
  readonly target: string;
}

function markdownFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** The text with code blanked out, line by line: what stands in code is neither a heading nor a link. */
function proseOf(path: string): string[] {
  let fenced = false;
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => {
      const isFence = /^\s*(```|~~~)/.test(line);
      if (isFence) fenced = !fenced;
      return isFence || fenced ? '' : line;
    });
}

function linksOf(path: string): Link[] {
  return proseOf(path).flatMap((text, index) => {
    const withoutCode = text.replace(/`[^`]*`/g, '');
    const inline = [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)];
    const definitions = [...withoutCode.matchAll(/^\[[^\]]+\]:\s+(\S+)/g)];
    return [...inline, ...definitions].map(([, target = '']) => ({ line: index + 1, target }));
  });
}

/** Headings as GitHub turns them into anchors; a repeated one gets a number. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseOf(path)) {
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const anchor = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Why a link leads nowhere, or null. Links to the web are not followed. */
function problemOf(path: string, target: string): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return null;
  const [file = '', anchor] = target.split('#');
  const destination = file === '' ? path : resolve(dirname(path), decodeURIComponent(file));
  if (relative(PROJECT, destination).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(destination)) return 'does not exist';
  if (anchor === undefined) return null;
  if (statSync(destination).isDirectory() || !destination.endsWith('.md')) return 'has no anchors';
  return anchorsOf(destination).has(anchor) ? null : 'has no such heading';
}

const documents = markdownFiles(PROJECT).map((path): [string, string] => [relative(PROJECT, path), path]);

describe('documents', () => {
  test('are found', () => {
    expect(documents.map(([name]) => name)).toEqual(
      expect.arrayContaining(['README.md', join('docs', 'operations.md')]),
    );
  });

  test.each(documents)('%s links only to what is there', (_, path) => {
    const broken = linksOf(path).flatMap(({ line, target }) => {
      const problem = problemOf(path, target);
      return problem === null ? [] : [`line ${line}: ${target} ${problem}`];
    });

    expect(broken).toEqual([]);
  });
});
