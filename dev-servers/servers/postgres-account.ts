import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The account that Postgres runs under; undefined for that of this process. */
export type PostgresAccount = { uid: number; gid: number } | undefined;

const ACCOUNT = 'postgres';
const OTHERS_MAY_PASS = 0o001;

/** Postgres refuses to run as root. Then it runs as "postgres", an account that is created when the machine has none. */
export function postgresAccount(log: (line: string) => void): PostgresAccount {
  if (process.getuid?.() !== 0) return undefined;
  if (spawnSync('id', ['-u', ACCOUNT]).status !== 0) {
    log(`Postgres does not run as root: making the system account "${ACCOUNT}" for it.`);
    const made = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', ACCOUNT]);
    // Another process may have created it a moment earlier, so what counts is whether the account is there.
    if (spawnSync('id', ['-u', ACCOUNT]).status !== 0) {
      throw new Error(
        `The account "${ACCOUNT}" cannot be made: ${made.error ?? made.stderr}. Make it, or run this as another user than root.`,
      );
    }
  }
  return { uid: numericId('-u'), gid: numericId('-g') };
}

/** Lets the account reach `path`: it must be able to pass through every folder above it, such as /root. */
export function letAccountReach(path: string, account: PostgresAccount, log: (line: string) => void): void {
  if (account === undefined) return;
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    if ((mode & OTHERS_MAY_PASS) !== 0 || uid === account.uid) continue;
    log(`Letting the account "${ACCOUNT}", which Postgres runs under, pass through ${folder} (chmod o+x).`);
    chmodSync(folder, (mode & 0o7777) | OTHERS_MAY_PASS);
  }
}

export function giveTo(account: PostgresAccount, path: string): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

function numericId(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, ACCOUNT], { encoding: 'utf8' }));
}
