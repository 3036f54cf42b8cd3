import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const lintResults = z.array(
  z.object({ messages: z.array(z.object({ rule: z.string(), line: z.number(), message: z.string() })) }),
);

interface ComposeFile {
  services: Record<
    string,
    {
      image?: string;
      depends_on?: Record<string, { condition: string }>;
      healthcheck?: unknown;
      volumes?: string[];
      environment?: Record<string, unknown>;
    }
  >;
  volumes: Record<string, unknown>;
}

/** Checks against the schema of the compose specification, and for mistakes that the schema lets through. */
function complaints(path: string): string[] {
  const styleIsOurs = {
    'service-dependencies-alphabetical-order': 0,
    'service-keys-order': 0,
    'services-alphabetical-order': 0,
    'top-level-properties-order': 0,
    'service-ports-alphabetical-order': 0,
    'require-quotes-in-ports': 0,
  };
  const linter = new DCLinter({ rules: styleIsOurs, quiet: false, debug: false, exclude: [] });
  return lintResults
    .parse(linter.lintFiles([path], false))
    .flatMap(({ messages }) =>
      messages.map(({ rule, line, message }) => `${rule}, line ${line}: ${message}`),
    );
}

describe.each(['docker-compose.yml', 'docker-compose.ha.yml'])('%s', (path) => {
  const { services, volumes }: ComposeFile = parse(readFileSync(path, 'utf8'), { merge: true });

  test('is a compose file by the specification', () => {
    expect(complaints(path)).toEqual([]);
  });

  test('waits only for services that are there and say when they are healthy', () => {
    const awaited = Object.values(services).flatMap(({ depends_on = {} }) => Object.entries(depends_on));
    expect(awaited.length).toBeGreaterThan(0);
    for (const [name, { condition }] of awaited) {
      expect(services).toHaveProperty(name);
      expect(condition).toBe('service_healthy');
      // A service built here has its health check in the Dockerfile.
      if (services[name]?.image !== undefined) expect(services[name]).toHaveProperty('healthcheck');
    }
  });

  test('puts no password into a URL, where it would have to be escaped', () => {
    const urls = Object.values(services)
      .flatMap(({ environment = {} }) => Object.values(environment))
      .filter((value) => /:\/\//.test(String(value)));
    expect(urls.length).toBeGreaterThan(2);
    for (const url of urls) expect(url).not.toContain('$');
  });

  test('keeps the data of every server in a volume of its own', () => {
    const used = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .filter((volume) => !volume.startsWith('.'))
      .map((volume) => volume.split(':')[0]);
    expect(used.toSorted()).toEqual(Object.keys(volumes).toSorted());
  });
});

test('a key that the specification does not know is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onsale-compose-'));
  const path = join(folder, 'docker-compose.yml');
  writeFileSync(path, readFileSync('docker-compose.yml', 'utf8').replaceAll('interval:', 'intervall:'));
  const found = complaints(path);
  rmSync(folder, { recursive: true });
  expect(found.join('\n')).toMatch(/schema/);
});
